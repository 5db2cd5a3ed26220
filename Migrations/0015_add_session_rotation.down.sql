DROP FUNCTION revoke_user_sessions(uuid, text, uuid);
DROP TRIGGER user_sessions_keep_spent ON user_sessions;
DROP FUNCTION keep_spent_refresh_token();
DROP TRIGGER session_tokens_keep_spent ON session_tokens;
DROP FUNCTION keep_spent_cookie();
DROP TABLE spent_tokens;
ALTER TABLE session_tokens DROP COLUMN rotation_nonce, DROP COLUMN expires_at;
ALTER TABLE user_sessions DROP COLUMN refresh_nonce, DROP COLUMN is_persistent;
