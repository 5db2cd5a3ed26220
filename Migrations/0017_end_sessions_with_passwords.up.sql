-- A new password ends the sessions that began with the old one.

CREATE FUNCTION end_sessions_with_password() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two things that only the transaction knows: that it is the same password, hashed anew; and who asks.
    IF current_setting('gatehouse.same_password', true) IS DISTINCT FROM 'on' THEN
        PERFORM revoke_user_sessions(
            NEW.id, 'password_changed', nullif(current_setting('gatehouse.kept_session', true), '')::uuid);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION end_sessions_with_password() IS
    'Trigger: whoever changes, sets or removes a password, by whatever means, ends the user''s sessions with it, but for the one that a transaction names in gatehouse.kept_session. With gatehouse.same_password = on, it is the same one hashed with other parameters.';

CREATE TRIGGER users_end_sessions_with_password AFTER UPDATE OF password_hash ON users FOR EACH ROW
    WHEN (NEW.password_hash IS DISTINCT FROM OLD.password_hash)
    EXECUTE FUNCTION end_sessions_with_password();
