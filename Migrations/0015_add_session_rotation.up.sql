-- The rotation of what opens sessions, its memory, and people who asked to be remembered.

ALTER TABLE user_sessions
    ADD COLUMN is_persistent boolean NOT NULL DEFAULT false,
    ADD COLUMN refresh_nonce bytea,
    ADD CONSTRAINT user_sessions_refresh_nonce_of_rotation CHECK (
        refresh_nonce IS NULL OR previous_refresh_token_hash IS NOT NULL
    );

ALTER TABLE session_tokens
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN rotation_nonce bytea,
    ADD CONSTRAINT session_tokens_rotation_nonce_of_rotation CHECK (
        rotation_nonce IS NULL OR previous_token_hash IS NOT NULL
    );

CREATE TABLE spent_tokens (
    token_hash bytea       NOT NULL,
    session_id uuid        NOT NULL,
    host       varchar(255),
    spent_at   timestamptz NOT NULL,

    CONSTRAINT spent_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT spent_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES user_sessions ON DELETE CASCADE,
    CONSTRAINT spent_tokens_hash_length CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX spent_tokens_session_id_idx ON spent_tokens (session_id);

CREATE FUNCTION keep_spent_cookie() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO spent_tokens (token_hash, session_id, host, spent_at)
    VALUES (OLD.previous_token_hash, OLD.session_id, OLD.host, OLD.rotated_at)
    ON CONFLICT (token_hash) DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION keep_spent_cookie() IS
    'Trigger: a cookie''s token that is not even the previous one any more is remembered, so that it is never taken for an unknown one.';

CREATE TRIGGER session_tokens_keep_spent AFTER UPDATE OF previous_token_hash ON session_tokens FOR EACH ROW
    WHEN (
        OLD.host IS NOT NULL AND OLD.previous_token_hash IS NOT NULL
        AND NEW.previous_token_hash IS DISTINCT FROM OLD.previous_token_hash
    )
    EXECUTE FUNCTION keep_spent_cookie();

CREATE FUNCTION keep_spent_refresh_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO spent_tokens (token_hash, session_id, spent_at)
    VALUES (OLD.previous_refresh_token_hash, OLD.id, OLD.refreshed_at)
    ON CONFLICT (token_hash) DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION keep_spent_refresh_token() IS
    'Trigger: a refresh token that is not even the previous one any more is remembered, so that it is never taken for an unknown one.';

CREATE TRIGGER user_sessions_keep_spent AFTER UPDATE OF previous_refresh_token_hash ON user_sessions FOR EACH ROW
    WHEN (
        OLD.previous_refresh_token_hash IS NOT NULL
        AND NEW.previous_refresh_token_hash IS DISTINCT FROM OLD.previous_refresh_token_hash
    )
    EXECUTE FUNCTION keep_spent_refresh_token();

CREATE FUNCTION revoke_user_sessions(of_user uuid, reason text, kept uuid) RETURNS bigint LANGUAGE sql AS $$
    WITH live AS (
        SELECT id FROM user_sessions
        WHERE user_id = of_user AND revoked_at IS NULL AND expires_at > now() AND id IS DISTINCT FROM kept
        ORDER BY id FOR UPDATE
    ), ended AS (
        UPDATE user_sessions SET revoked_at = now(), revocation_reason = reason
        FROM live WHERE user_sessions.id = live.id
        RETURNING user_sessions.id
    )
    SELECT count(*) FROM ended
$$;
COMMENT ON FUNCTION revoke_user_sessions(uuid, text, uuid) IS
    'Ends all live sessions of a user but one (null: all of them), and returns how many there were.';

COMMENT ON COLUMN user_sessions.is_persistent IS 'Whether the person asked to be remembered: the cookie outlives the browser, and no idle time ends the session.';
COMMENT ON COLUMN user_sessions.refresh_nonce IS 'What the present refresh token was made with, together with the previous one; until the present one is used, and for a short grace, whoever holds the previous one gets the present one again.';
COMMENT ON COLUMN session_tokens.expires_at IS 'When the token ends before its session does: the access tokens of API clients. Null: with the session.';
COMMENT ON COLUMN session_tokens.rotation_nonce IS 'What the present token was made with, together with the previous one; until the present one is used, and for a short grace, whoever holds the previous one gets the present one again.';
COMMENT ON TABLE spent_tokens IS 'Tokens that were rotated away before the previous one. Whoever uses one after the grace has stolen it, or was stolen from: the session ends.';
COMMENT ON COLUMN spent_tokens.token_hash IS 'SHA-256 of the token''s whole text.';
COMMENT ON COLUMN spent_tokens.session_id IS 'The session that it opened.';
COMMENT ON COLUMN spent_tokens.host IS 'The host of a cookie; null: a refresh token.';
COMMENT ON COLUMN spent_tokens.spent_at IS 'When it gave way to another.';
