-- What people prove themselves with besides a password.

CREATE TYPE user_factor_kind AS ENUM ('totp', 'passkey', 'recovery_code');
COMMENT ON TYPE user_factor_kind IS 'The kinds of second factors.';

CREATE TABLE user_factors (
    id            uuid             NOT NULL DEFAULT gen_random_uuid(),
    user_id       uuid             NOT NULL,
    kind          user_factor_kind NOT NULL,
    name          varchar(100),
    secret        bytea,
    credential_id bytea,
    public_key    bytea,
    sign_count    bigint           NOT NULL DEFAULT 0,
    created_at    timestamptz      NOT NULL DEFAULT now(),
    confirmed_at  timestamptz,
    last_used_at  timestamptz,

    CONSTRAINT user_factors_pkey PRIMARY KEY (id),
    CONSTRAINT user_factors_credential_id_key UNIQUE (credential_id),
    CONSTRAINT user_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_factors_complete CHECK (
        (kind = 'passkey') = (credential_id IS NOT NULL AND public_key IS NOT NULL)
        AND (kind <> 'passkey') = (secret IS NOT NULL)
    ),
    CONSTRAINT user_factors_recovery_code_hash_length CHECK (kind <> 'recovery_code' OR octet_length(secret) = 32),
    CONSTRAINT user_factors_sign_count_range CHECK (sign_count >= 0)
);

CREATE INDEX user_factors_user_id_idx ON user_factors (user_id, kind);

COMMENT ON TABLE user_factors IS 'What people prove themselves with besides a password.';
COMMENT ON COLUMN user_factors.id IS 'Key; given by the database.';
COMMENT ON COLUMN user_factors.user_id IS 'Whose it is.';
COMMENT ON COLUMN user_factors.kind IS 'What it is.';
COMMENT ON COLUMN user_factors.name IS 'What the person calls it.';
COMMENT ON COLUMN user_factors.secret IS 'The shared secret of totp, or the SHA-256 of a recovery code.';
COMMENT ON COLUMN user_factors.credential_id IS 'The passkey''s identifier (Web Authentication).';
COMMENT ON COLUMN user_factors.public_key IS 'The passkey''s public key, in COSE form.';
COMMENT ON COLUMN user_factors.sign_count IS 'The passkey''s counter at its last use; for totp, the last time step that was used.';
COMMENT ON COLUMN user_factors.created_at IS 'When it was made.';
COMMENT ON COLUMN user_factors.confirmed_at IS 'When the person first proved that they have it; null: not yet, and it counts for nothing.';
COMMENT ON COLUMN user_factors.last_used_at IS 'When it was last used; a recovery code is good until then.';
