-- Offers of a role in a plant, sent by mail.

CREATE TABLE invitations (
    id          uuid         NOT NULL DEFAULT gen_random_uuid(),
    email       varchar(255) NOT NULL,
    plant_id    integer      NOT NULL,
    role        plant_role   NOT NULL DEFAULT 'operator',
    role_until  timestamptz,
    invited_by  uuid,
    token_hash  bytea        NOT NULL,
    expires_at  timestamptz  NOT NULL,
    accepted_at timestamptz,
    revoked_at  timestamptz,
    created_at  timestamptz  NOT NULL DEFAULT now(),

    CONSTRAINT invitations_pkey PRIMARY KEY (id),
    CONSTRAINT invitations_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invitations_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES plants ON DELETE CASCADE,
    CONSTRAINT invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT invitations_email_form CHECK (position('@' IN email) > 1),
    CONSTRAINT invitations_hash_length CHECK (octet_length(token_hash) = 32),
    CONSTRAINT invitations_ended_once CHECK (accepted_at IS NULL OR revoked_at IS NULL)
);

CREATE INDEX invitations_plant_id_idx ON invitations (plant_id, created_at);
CREATE INDEX invitations_expires_at_idx ON invitations (expires_at);
CREATE INDEX invitations_invited_by_idx ON invitations (invited_by) WHERE invited_by IS NOT NULL;
-- Of several invitations of one address to one plant, the last one is the one that counts.
CREATE UNIQUE INDEX invitations_open_key ON invitations (plant_id, lower(email))
    WHERE accepted_at IS NULL AND revoked_at IS NULL;

CREATE FUNCTION guard_invitation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.accepted_at IS NOT NULL OR OLD.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'This invitation is over.'
            USING CONSTRAINT = 'invitations_over_for_good', TABLE = 'invitations';
    END IF;
    IF (NEW.email, NEW.plant_id, NEW.role, NEW.role_until, NEW.invited_by, NEW.token_hash, NEW.expires_at)
        IS DISTINCT FROM
        (OLD.email, OLD.plant_id, OLD.role, OLD.role_until, OLD.invited_by, OLD.token_hash, OLD.expires_at) THEN
        RAISE EXCEPTION 'An invitation stays what it was sent as.'
            USING CONSTRAINT = 'invitations_fixed', TABLE = 'invitations';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION guard_invitation() IS
    'Trigger: an invitation is accepted or taken back once, and offers nothing but what it was sent as.';

CREATE TRIGGER invitations_guard BEFORE UPDATE ON invitations FOR EACH ROW EXECUTE FUNCTION guard_invitation();

COMMENT ON TABLE invitations IS 'Offers of a role in a plant, sent by mail. Accepted by POST, never by GET.';
COMMENT ON COLUMN invitations.id IS 'Key; given by the database.';
COMMENT ON COLUMN invitations.email IS 'Whom it was sent to, as typed; the account that accepts it has this address.';
COMMENT ON COLUMN invitations.plant_id IS 'Where the role is offered.';
COMMENT ON COLUMN invitations.role IS 'The role that is offered.';
COMMENT ON COLUMN invitations.role_until IS 'When the role ends; null: it is for good.';
COMMENT ON COLUMN invitations.invited_by IS 'Who invites; null: the command line. The invitation holds only while they may grant the role.';
COMMENT ON COLUMN invitations.token_hash IS 'SHA-256 of the token in the link.';
COMMENT ON COLUMN invitations.expires_at IS 'When it is no longer good.';
COMMENT ON COLUMN invitations.accepted_at IS 'When it was accepted; null: it was not. Final.';
COMMENT ON COLUMN invitations.revoked_at IS 'When it was taken back, or another took its place; null: it was not. Final.';
COMMENT ON COLUMN invitations.created_at IS 'When it was made.';
