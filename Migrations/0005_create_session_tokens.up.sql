-- The cookies that open sessions.

CREATE TABLE session_tokens (
    id                  uuid         NOT NULL DEFAULT gen_random_uuid(),
    session_id          uuid         NOT NULL,
    host                varchar(255),
    token_hash          bytea        NOT NULL,
    previous_token_hash bytea,
    rotated_at          timestamptz,
    created_at          timestamptz  NOT NULL DEFAULT now(),

    CONSTRAINT session_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT session_tokens_session_id_host_key UNIQUE NULLS NOT DISTINCT (session_id, host),
    CONSTRAINT session_tokens_token_hash_key UNIQUE (token_hash),
    CONSTRAINT session_tokens_previous_token_hash_key UNIQUE (previous_token_hash),
    CONSTRAINT session_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES user_sessions ON DELETE CASCADE,
    CONSTRAINT session_tokens_host_form CHECK (host <> '' AND host = lower(host)),
    CONSTRAINT session_tokens_hash_length CHECK (
        octet_length(token_hash) = 32 AND octet_length(previous_token_hash) = 32
    ),
    CONSTRAINT session_tokens_rotation CHECK (
        (previous_token_hash IS NULL) = (rotated_at IS NULL)
        AND previous_token_hash <> token_hash
    )
);

COMMENT ON TABLE session_tokens IS 'One cookie for a session and host: hosts share no cookie, but one sign-in serves them all.';
COMMENT ON COLUMN session_tokens.id IS 'Key; given by the database.';
COMMENT ON COLUMN session_tokens.session_id IS 'What the token opens.';
COMMENT ON COLUMN session_tokens.host IS 'The host that the cookie was made for, in lower case, without a port; null: good on every host (made at the command line).';
COMMENT ON COLUMN session_tokens.token_hash IS 'SHA-256 of the present token''s whole text.';
COMMENT ON COLUMN session_tokens.previous_token_hash IS 'SHA-256 of the token before: good for a short grace, so that parallel requests sign nobody out; used after that, it is taken for stolen.';
COMMENT ON COLUMN session_tokens.rotated_at IS 'When the previous token gave way to the present one.';
COMMENT ON COLUMN session_tokens.created_at IS 'When the session was first opened on this host.';
