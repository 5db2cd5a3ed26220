-- Sign-ins that last.

CREATE TABLE user_sessions (
    id                          uuid        NOT NULL DEFAULT gen_random_uuid(),
    user_id                     uuid        NOT NULL,
    refresh_id                  uuid,
    refresh_token_hash          bytea,
    previous_refresh_token_hash bytea,
    refreshed_at                timestamptz,
    user_agent                  varchar(512),
    ip_address                  inet,
    method                      varchar(50) NOT NULL,
    factors                     smallint    NOT NULL DEFAULT 1,
    issued_at                   timestamptz NOT NULL DEFAULT now(),
    last_used_at                timestamptz NOT NULL DEFAULT now(),
    expires_at                  timestamptz NOT NULL,
    revoked_at                  timestamptz,
    revocation_reason           varchar(50),

    CONSTRAINT user_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT user_sessions_refresh_id_key UNIQUE (refresh_id),
    CONSTRAINT user_sessions_refresh_token_hash_key UNIQUE (refresh_token_hash),
    CONSTRAINT user_sessions_previous_refresh_token_hash_key UNIQUE (previous_refresh_token_hash),
    CONSTRAINT user_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_sessions_refresh_complete CHECK ((refresh_id IS NULL) = (refresh_token_hash IS NULL)),
    CONSTRAINT user_sessions_refresh_rotation CHECK (
        (previous_refresh_token_hash IS NULL OR refresh_token_hash IS NOT NULL)
        AND (previous_refresh_token_hash IS NULL) = (refreshed_at IS NULL)
        AND previous_refresh_token_hash <> refresh_token_hash
    ),
    CONSTRAINT user_sessions_refresh_token_hash_length CHECK (
        octet_length(refresh_token_hash) = 32 AND octet_length(previous_refresh_token_hash) = 32
    ),
    CONSTRAINT user_sessions_method_not_empty CHECK (method <> ''),
    CONSTRAINT user_sessions_factors_range CHECK (factors BETWEEN 0 AND 10),
    CONSTRAINT user_sessions_times_in_order CHECK (issued_at < expires_at AND issued_at <= last_used_at),
    CONSTRAINT user_sessions_revocation_has_reason CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL))
);

CREATE INDEX user_sessions_user_id_idx ON user_sessions (user_id, issued_at);
-- What retention goes by: a session is over when it expires or is revoked, whichever comes first.
CREATE INDEX user_sessions_over_at_idx ON user_sessions (LEAST(expires_at, revoked_at));

CREATE FUNCTION guard_session_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL
        AND (NEW.revoked_at, NEW.revocation_reason) IS DISTINCT FROM (OLD.revoked_at, OLD.revocation_reason) THEN
        RAISE EXCEPTION 'A session that has been revoked stays revoked.'
            USING CONSTRAINT = 'user_sessions_revoked_for_good', TABLE = 'user_sessions';
    END IF;
    IF NEW.user_id <> OLD.user_id THEN
        RAISE EXCEPTION 'A session belongs to one user for good.'
            USING CONSTRAINT = 'user_sessions_user_for_good', TABLE = 'user_sessions';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION guard_session_change() IS
    'Trigger: a revoked session is never revived, and no session changes hands.';

CREATE TRIGGER user_sessions_guard BEFORE UPDATE OF user_id, revoked_at, revocation_reason ON user_sessions
    FOR EACH ROW EXECUTE FUNCTION guard_session_change();

CREATE FUNCTION revoke_user_sessions(of_user uuid, reason text) RETURNS bigint LANGUAGE sql AS $$
    WITH live AS (
        -- Always in the order of the key, so that two who end or use the same sessions cannot lock each other out.
        SELECT id FROM user_sessions
        WHERE user_id = of_user AND revoked_at IS NULL AND expires_at > now()
        ORDER BY id FOR UPDATE
    ), ended AS (
        UPDATE user_sessions SET revoked_at = now(), revocation_reason = reason
        FROM live WHERE user_sessions.id = live.id
        RETURNING user_sessions.id
    )
    SELECT count(*) FROM ended
$$;
COMMENT ON FUNCTION revoke_user_sessions(uuid, text) IS
    'Ends all live sessions of a user, and returns how many there were.';

CREATE FUNCTION end_sessions_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM revoke_user_sessions(
        NEW.id, CASE WHEN NEW.deleted_at IS NOT NULL THEN 'user_deleted' ELSE 'user_suspended' END);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION end_sessions_of_user() IS
    'Trigger: whoever suspends or deletes a user, by whatever means, ends their sessions with it.';

CREATE TRIGGER users_end_sessions AFTER UPDATE OF status, deleted_at ON users FOR EACH ROW
    WHEN (
        NEW.status = 'suspended' AND OLD.status <> 'suspended'
        OR NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL
    )
    EXECUTE FUNCTION end_sessions_of_user();

COMMENT ON TABLE user_sessions IS 'Sign-ins that last. What opens them: session_tokens for browsers, the refresh token for API clients.';
COMMENT ON COLUMN user_sessions.id IS 'Key; not a secret: logs and lists show it.';
COMMENT ON COLUMN user_sessions.user_id IS 'Who signed in.';
COMMENT ON COLUMN user_sessions.refresh_id IS 'Names the present refresh token; null: the session has none (browsers).';
COMMENT ON COLUMN user_sessions.refresh_token_hash IS 'SHA-256 of the present refresh token, which is good once.';
COMMENT ON COLUMN user_sessions.previous_refresh_token_hash IS 'SHA-256 of the refresh token before; used after the grace, it is taken for stolen.';
COMMENT ON COLUMN user_sessions.refreshed_at IS 'When the previous refresh token was exchanged for the present one.';
COMMENT ON COLUMN user_sessions.user_agent IS 'What the client called itself at sign-in; cut off at 512 characters.';
COMMENT ON COLUMN user_sessions.ip_address IS 'Where the sign-in came from.';
COMMENT ON COLUMN user_sessions.method IS 'How the person signed in, such as password or command_line.';
COMMENT ON COLUMN user_sessions.factors IS 'How many factors were proved at sign-in.';
COMMENT ON COLUMN user_sessions.issued_at IS 'When the session began.';
COMMENT ON COLUMN user_sessions.last_used_at IS 'When it was last used, give or take what gateways have not written yet; never goes back.';
COMMENT ON COLUMN user_sessions.expires_at IS 'The absolute end, whatever the use.';
COMMENT ON COLUMN user_sessions.revoked_at IS 'When it was ended before its time; null: it was not. Final.';
COMMENT ON COLUMN user_sessions.revocation_reason IS 'Why, such as signed_out, displaced, password_changed, token_reused.';
