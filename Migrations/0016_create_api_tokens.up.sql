-- Tokens that people make for programs of theirs.

CREATE TABLE api_tokens (
    id           uuid         NOT NULL DEFAULT gen_random_uuid(),
    user_id      uuid         NOT NULL,
    name         varchar(100) NOT NULL,
    token_hash   bytea        NOT NULL,
    plant_id     integer,
    role_max     plant_role,
    created_at   timestamptz  NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,

    CONSTRAINT api_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT api_tokens_token_hash_key UNIQUE (token_hash),
    CONSTRAINT api_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    -- A token for one plant goes with the plant: with the ceiling alone gone, it would hold more than before.
    CONSTRAINT api_tokens_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES plants ON DELETE CASCADE,
    CONSTRAINT api_tokens_name_not_empty CHECK (name <> ''),
    CONSTRAINT api_tokens_hash_length CHECK (octet_length(token_hash) = 32),
    CONSTRAINT api_tokens_times_in_order CHECK (created_at < expires_at)
);

CREATE INDEX api_tokens_user_id_idx ON api_tokens (user_id, created_at);
CREATE INDEX api_tokens_plant_id_idx ON api_tokens (plant_id) WHERE plant_id IS NOT NULL;
-- What retention goes by.
CREATE INDEX api_tokens_over_at_idx ON api_tokens (LEAST(expires_at, revoked_at));

CREATE FUNCTION guard_api_token_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'An API token that has been revoked stays revoked.'
            USING CONSTRAINT = 'api_tokens_revoked_for_good', TABLE = 'api_tokens';
    END IF;
    IF (NEW.user_id, NEW.token_hash, NEW.plant_id, NEW.role_max)
        IS DISTINCT FROM (OLD.user_id, OLD.token_hash, OLD.plant_id, OLD.role_max) THEN
        RAISE EXCEPTION 'An API token stays what it was made for.'
            USING CONSTRAINT = 'api_tokens_fixed', TABLE = 'api_tokens';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION guard_api_token_change() IS
    'Trigger: an API token is never revived, changes no hands, and its ceiling stays where it is.';

CREATE TRIGGER api_tokens_guard BEFORE UPDATE ON api_tokens FOR EACH ROW EXECUTE FUNCTION guard_api_token_change();

CREATE FUNCTION revoke_api_tokens_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE api_tokens SET revoked_at = now() WHERE user_id = NEW.id AND revoked_at IS NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION revoke_api_tokens_of_user() IS
    'Trigger: whoever deletes a user, by whatever means, revokes their API tokens with it. A suspended user''s open nothing meanwhile.';

CREATE TRIGGER users_revoke_api_tokens AFTER UPDATE OF deleted_at ON users FOR EACH ROW
    WHEN (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL)
    EXECUTE FUNCTION revoke_api_tokens_of_user();

COMMENT ON TABLE api_tokens IS 'Tokens that people make for programs of theirs. What they open is what their user may do now, held to a ceiling.';
COMMENT ON COLUMN api_tokens.id IS 'Key; not a secret: logs and lists show it.';
COMMENT ON COLUMN api_tokens.user_id IS 'Whose token it is. While that user is not active, it opens nothing.';
COMMENT ON COLUMN api_tokens.name IS 'What the person calls it.';
COMMENT ON COLUMN api_tokens.token_hash IS 'SHA-256 of the token''s whole text, which is shown once.';
COMMENT ON COLUMN api_tokens.plant_id IS 'The only plant where it holds a role; null: wherever its user does.';
COMMENT ON COLUMN api_tokens.role_max IS 'The highest rung that it stands on; null: its user''s. With a plant or a rung, it holds no global roles.';
COMMENT ON COLUMN api_tokens.created_at IS 'When it was made.';
COMMENT ON COLUMN api_tokens.expires_at IS 'When it ends; null: not by itself.';
COMMENT ON COLUMN api_tokens.last_used_at IS 'When it was last used, give or take what gateways have not written yet; never goes back.';
COMMENT ON COLUMN api_tokens.revoked_at IS 'When it was ended; null: it was not. Final.';
