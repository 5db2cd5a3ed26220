DROP TRIGGER users_end_sessions_with_password ON users;
DROP FUNCTION end_sessions_with_password();
