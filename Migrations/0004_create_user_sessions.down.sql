DROP TRIGGER users_end_sessions ON users;
DROP FUNCTION end_sessions_of_user();
DROP FUNCTION revoke_user_sessions(uuid, text);
DROP TABLE user_sessions;
DROP FUNCTION guard_session_change();
