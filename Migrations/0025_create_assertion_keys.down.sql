DROP TABLE assertion_keys;
DROP FUNCTION announce_assertion_keys();
DROP FUNCTION guard_assertion_key();
