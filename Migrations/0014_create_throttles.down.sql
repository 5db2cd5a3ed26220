DROP INDEX user_sessions_user_id_ip_address_idx;
DROP TABLE throttles;
