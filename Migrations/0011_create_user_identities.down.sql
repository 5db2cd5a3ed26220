DROP TABLE user_identities;
DROP FUNCTION guard_user_identity();
