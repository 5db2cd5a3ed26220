DROP TABLE audit_log;
DROP FUNCTION create_audit_log_partition(timestamptz);
DROP FUNCTION refuse_audit_change();
