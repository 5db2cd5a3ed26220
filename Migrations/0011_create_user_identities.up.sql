-- Accounts at providers that people sign in with.

CREATE TABLE user_identities (
    id           uuid         NOT NULL DEFAULT gen_random_uuid(),
    provider     varchar(50)  NOT NULL,
    subject      varchar(255) NOT NULL,
    user_id      uuid,
    email        varchar(255),
    linked_at    timestamptz  NOT NULL DEFAULT now(),
    last_used_at timestamptz,

    CONSTRAINT user_identities_pkey PRIMARY KEY (id),
    CONSTRAINT user_identities_provider_subject_key UNIQUE (provider, subject),
    -- The row outlives its user: a provider's subject never comes back as a new user unasked.
    CONSTRAINT user_identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL,
    CONSTRAINT user_identities_provider_form CHECK (provider ~ '^[a-z0-9][a-z0-9_-]*$'),
    CONSTRAINT user_identities_subject_not_empty CHECK (subject <> '')
);

CREATE INDEX user_identities_user_id_idx ON user_identities (user_id);

CREATE FUNCTION guard_user_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.provider, NEW.subject) IS DISTINCT FROM (OLD.provider, OLD.subject)
        OR (NEW.user_id IS NOT NULL AND NEW.user_id IS DISTINCT FROM OLD.user_id) THEN
        RAISE EXCEPTION 'An account at a provider stays its user''s, or nobody''s.'
            USING CONSTRAINT = 'user_identities_user_for_good', TABLE = 'user_identities';
    END IF;
    -- Of somebody who is gone for good, nothing stays but the tombstone.
    IF NEW.user_id IS NULL THEN
        NEW.email := NULL;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION guard_user_identity() IS
    'Trigger: an account at a provider never changes hands, and loses its address with its user.';

CREATE TRIGGER user_identities_guard BEFORE UPDATE ON user_identities
    FOR EACH ROW EXECUTE FUNCTION guard_user_identity();

COMMENT ON TABLE user_identities IS 'Accounts at providers that people sign in with. The row of a deleted user is a tombstone: its subject does not come back as a new user unasked.';
COMMENT ON COLUMN user_identities.id IS 'Key; given by the database.';
COMMENT ON COLUMN user_identities.provider IS 'The provider''s name in the configuration.';
COMMENT ON COLUMN user_identities.subject IS 'Who the person is at the provider, for good: the sub of OpenID Connect.';
COMMENT ON COLUMN user_identities.user_id IS 'Whose account here it opens; null: of somebody whose row is gone.';
COMMENT ON COLUMN user_identities.email IS 'What the provider gave as the address at the last sign-in; for display, nothing is looked up by it.';
COMMENT ON COLUMN user_identities.linked_at IS 'When it was linked.';
COMMENT ON COLUMN user_identities.last_used_at IS 'When the person last signed in through it; null: never.';
