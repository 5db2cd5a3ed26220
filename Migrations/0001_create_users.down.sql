DROP TABLE users;
DROP FUNCTION guard_user_change();
DROP FUNCTION touch_updated_at();
DROP TYPE user_status;
