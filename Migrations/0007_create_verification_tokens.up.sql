-- Tokens sent by mail: proof that their reader owns an address.

CREATE TYPE verification_purpose AS ENUM ('verify_email', 'reset_password', 'change_email');
COMMENT ON TYPE verification_purpose IS 'What a verification token is good for, and nothing else.';

CREATE TABLE verification_tokens (
    id          uuid                 NOT NULL DEFAULT gen_random_uuid(),
    user_id     uuid                 NOT NULL,
    purpose     verification_purpose NOT NULL,
    email       varchar(255)         NOT NULL,
    token_hash  bytea                NOT NULL,
    expires_at  timestamptz          NOT NULL,
    consumed_at timestamptz,
    created_at  timestamptz          NOT NULL DEFAULT now(),

    CONSTRAINT verification_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT verification_tokens_token_hash_key UNIQUE (token_hash),
    CONSTRAINT verification_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT verification_tokens_email_form CHECK (position('@' IN email) > 1),
    CONSTRAINT verification_tokens_hash_length CHECK (octet_length(token_hash) = 32),
    CONSTRAINT verification_tokens_times_in_order CHECK (created_at < expires_at),
    CONSTRAINT verification_tokens_consumed_in_time CHECK (consumed_at <= expires_at)
);

CREATE INDEX verification_tokens_user_id_idx ON verification_tokens (user_id, purpose);
CREATE INDEX verification_tokens_expires_at_idx ON verification_tokens (expires_at);

CREATE FUNCTION guard_verification_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.consumed_at IS NOT NULL THEN
        RAISE EXCEPTION 'This link has already been used.'
            USING CONSTRAINT = 'verification_tokens_consumed_once', TABLE = 'verification_tokens';
    END IF;
    IF (NEW.user_id, NEW.purpose, NEW.email, NEW.token_hash)
        IS DISTINCT FROM (OLD.user_id, OLD.purpose, OLD.email, OLD.token_hash) THEN
        RAISE EXCEPTION 'A verification token stays what it was made for.'
            USING CONSTRAINT = 'verification_tokens_fixed', TABLE = 'verification_tokens';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION guard_verification_token() IS
    'Trigger: a verification token is consumed once, and proves nothing but what it was made for.';

CREATE TRIGGER verification_tokens_guard BEFORE UPDATE ON verification_tokens
    FOR EACH ROW EXECUTE FUNCTION guard_verification_token();

COMMENT ON TABLE verification_tokens IS 'Tokens sent by mail. Consumed by POST, never by GET: mail scanners follow links.';
COMMENT ON COLUMN verification_tokens.id IS 'Key; given by the database.';
COMMENT ON COLUMN verification_tokens.user_id IS 'Whose account it is about.';
COMMENT ON COLUMN verification_tokens.purpose IS 'The one thing that it is good for.';
COMMENT ON COLUMN verification_tokens.email IS 'The address that it was sent to, and so the only one that it proves; for change_email, the new one.';
COMMENT ON COLUMN verification_tokens.token_hash IS 'SHA-256 of the token''s text.';
COMMENT ON COLUMN verification_tokens.expires_at IS 'When it is no longer good.';
COMMENT ON COLUMN verification_tokens.consumed_at IS 'When it was used; null: not yet. Final.';
COMMENT ON COLUMN verification_tokens.created_at IS 'When it was made.';
