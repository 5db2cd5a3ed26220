DROP TABLE outbox;
DROP FUNCTION announce_outbox();
DROP FUNCTION guard_outbox();
