-- People's accounts.

CREATE TYPE user_status AS ENUM ('active', 'suspended', 'pending_verification');
COMMENT ON TYPE user_status IS 'Where an account stands. Deletion is apart from it: users.deleted_at.';

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION touch_updated_at() IS 'Trigger: keeps updated_at at the time of the last change, whoever makes it.';

CREATE TABLE users (
    id                 uuid         NOT NULL DEFAULT gen_random_uuid(),
    username           varchar(50),
    email              varchar(255),
    email_normalized   text         GENERATED ALWAYS AS (lower(email)) STORED,
    name               varchar(100),
    first_name         varchar(100),
    last_name          varchar(100),
    phone              varchar(50),
    password_hash      varchar(255),
    status             user_status  NOT NULL DEFAULT 'pending_verification',
    is_active          boolean      NOT NULL GENERATED ALWAYS AS (status = 'active' AND deleted_at IS NULL) STORED,
    is_verified        boolean      NOT NULL GENERATED ALWAYS AS (email_verified_at IS NOT NULL) STORED,
    email_verified_at  timestamptz,
    roles              jsonb        NOT NULL DEFAULT '["user"]',
    last_login_at      timestamptz,
    stripe_customer_id varchar(255),
    created_at         timestamptz  NOT NULL DEFAULT now(),
    updated_at         timestamptz  NOT NULL DEFAULT now(),
    deleted_at         timestamptz,

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_username_or_email CHECK (username IS NOT NULL OR email IS NOT NULL),
    CONSTRAINT users_username_length CHECK (char_length(username) >= 3),
    -- A login or a reference must name one account only: a username can be taken for neither an address nor an id.
    CONSTRAINT users_username_unambiguous CHECK (
        position('@' IN username) = 0
        AND username !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    ),
    CONSTRAINT users_email_form CHECK (position('@' IN email) > 1),
    CONSTRAINT users_verified_email_exists CHECK (email_verified_at IS NULL OR email IS NOT NULL),
    CONSTRAINT users_password_hash_not_empty CHECK (password_hash <> ''),
    CONSTRAINT users_roles_are_strings CHECK (
        jsonb_typeof(roles) = 'array'
        AND NOT jsonb_path_exists(roles, 'strict $[*] ? (@.type() != "string")')
    ),
    CONSTRAINT users_deleted_not_active CHECK (deleted_at IS NULL OR status <> 'active')
);

CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE UNIQUE INDEX users_email_normalized_key ON users (email_normalized);
CREATE INDEX users_roles_idx ON users USING gin (roles);
CREATE INDEX users_stripe_customer_id_idx ON users (stripe_customer_id) WHERE stripe_customer_id IS NOT NULL;
CREATE INDEX users_created_at_idx ON users (created_at, id) WHERE deleted_at IS NULL;

CREATE FUNCTION guard_user_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted_at IS NOT NULL AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'A deleted user must be restored before their status can change.'
            USING CONSTRAINT = 'users_restore_first', TABLE = 'users';
    END IF;
    IF OLD.status = 'suspended' AND NEW.status = 'pending_verification' THEN
        RAISE EXCEPTION 'A suspended user cannot go back to pending verification: activate them instead.'
            USING CONSTRAINT = 'users_status_transition', TABLE = 'users';
    END IF;
    -- Verifying one address proves nothing about the next.
    IF lower(NEW.email) IS DISTINCT FROM lower(OLD.email)
        AND NEW.email_verified_at IS NOT DISTINCT FROM OLD.email_verified_at THEN
        NEW.email_verified_at := NULL;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION guard_user_change() IS
    'Trigger: the transitions of users.status; a changed email address is no longer verified.';

CREATE TRIGGER users_guard BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION guard_user_change();
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE users IS 'People''s accounts. Rows are deleted softly (deleted_at); their names stay taken.';
COMMENT ON COLUMN users.id IS 'Key; given by the database.';
COMMENT ON COLUMN users.username IS 'To sign in with, 3 to 50 characters; unique without regard to case. Not in the form of an email address or an id.';
COMMENT ON COLUMN users.email IS 'As typed, for display. At least one of username and email is there.';
COMMENT ON COLUMN users.email_normalized IS 'The address in lower case: what lookups and uniqueness go by.';
COMMENT ON COLUMN users.name IS 'The whole name, as the person writes it.';
COMMENT ON COLUMN users.first_name IS 'Where an application keeps the parts of a name apart.';
COMMENT ON COLUMN users.last_name IS 'Where an application keeps the parts of a name apart.';
COMMENT ON COLUMN users.phone IS 'As typed; nothing is sent there.';
COMMENT ON COLUMN users.password_hash IS 'In PHC string form (Argon2id m=65536, t=3, p=4). Null for people who only sign in through a provider. Leaves the database for signing in only.';
COMMENT ON COLUMN users.status IS 'Suspended never goes back to pending_verification; the status of a deleted user cannot change until they are restored.';
COMMENT ON COLUMN users.is_active IS 'Whether the person may sign in: status is active and the account not deleted.';
COMMENT ON COLUMN users.is_verified IS 'Whether the email address has been proved.';
COMMENT ON COLUMN users.email_verified_at IS 'When the present address was proved; cleared when the address changes.';
COMMENT ON COLUMN users.roles IS 'Global roles, which hold in all plants: an array of strings, such as ["user", "MARKETING"].';
COMMENT ON COLUMN users.last_login_at IS 'When a session last began; null: never.';
COMMENT ON COLUMN users.stripe_customer_id IS 'The customer at Stripe that pays for this account.';
COMMENT ON COLUMN users.created_at IS 'When the account was made.';
COMMENT ON COLUMN users.updated_at IS 'When the row last changed; kept by a trigger.';
COMMENT ON COLUMN users.deleted_at IS 'When the account was deleted, softly; null: it was not. A deleted user cannot be active.';
