-- Counts of attempts, which all gateways share.

CREATE TABLE throttles (
    bucket    bytea       NOT NULL,
    attempts  integer     NOT NULL DEFAULT 0,
    until     timestamptz NOT NULL,
    forget_at timestamptz NOT NULL,

    CONSTRAINT throttles_pkey PRIMARY KEY (bucket),
    CONSTRAINT throttles_bucket_length CHECK (octet_length(bucket) = 32),
    CONSTRAINT throttles_attempts_range CHECK (attempts >= 0)
) WITH (fillfactor = 70);

CREATE INDEX throttles_forget_at_idx ON throttles (forget_at);

-- Where a person signed in lately is told by their sessions.
CREATE INDEX user_sessions_user_id_ip_address_idx ON user_sessions (user_id, ip_address);

COMMENT ON TABLE throttles IS 'Counts of attempts, such as failed sign-ins of an account or from an address. What is counted is known by a digest: what people type as their name may be their password.';
COMMENT ON COLUMN throttles.bucket IS 'SHA-256 of what is counted.';
COMMENT ON COLUMN throttles.attempts IS 'Attempts since the last success, where waiting grows with them.';
COMMENT ON COLUMN throttles.until IS 'Before it no attempt is admitted; or, of a bucket that leaks, when it will have run empty.';
COMMENT ON COLUMN throttles.forget_at IS 'When the row can go; infinity: not before a success.';
