-- Passwords that must be changed at the first sign-in, and what account changes do to pending links.

ALTER TABLE users
    ADD COLUMN password_must_change boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT users_password_must_change_exists CHECK (NOT password_must_change OR password_hash IS NOT NULL);
COMMENT ON COLUMN users.password_must_change IS 'Whether somebody else chose the password: it then opens nothing but the page to change it.';

-- A value that an enumeration gets later cannot be taken from it again: so a new one takes its place.
ALTER TYPE verification_purpose RENAME TO verification_purpose_before;
CREATE TYPE verification_purpose AS ENUM ('verify_email', 'reset_password', 'change_email', 'first_password');
COMMENT ON TYPE verification_purpose IS 'What a verification token is good for, and nothing else.';
ALTER TABLE verification_tokens ALTER COLUMN purpose TYPE verification_purpose
    USING purpose::text::verification_purpose;
DROP TYPE verification_purpose_before;

ALTER TABLE verification_tokens ALTER COLUMN email DROP NOT NULL;
ALTER TABLE verification_tokens
    ADD CONSTRAINT verification_tokens_email_proved CHECK ((email IS NULL) = (purpose = 'first_password'));
COMMENT ON TABLE verification_tokens IS 'Tokens that prove something once. Consumed by POST, never by GET: mail scanners follow links.';
COMMENT ON COLUMN verification_tokens.email IS 'The address that it was sent to, and so the only one that it proves; for change_email, the new one; null for first_password, which no mail carries.';

CREATE FUNCTION cancel_verification_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM verification_tokens WHERE user_id = NEW.id AND consumed_at IS NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION cancel_verification_tokens() IS
    'Trigger: whoever suspends or deletes a user, by whatever means, makes the links worthless that were sent to them.';

CREATE TRIGGER users_cancel_verification_tokens AFTER UPDATE OF status, deleted_at ON users FOR EACH ROW
    WHEN ((NEW.status = 'suspended' AND OLD.status <> 'suspended')
        OR (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL))
    EXECUTE FUNCTION cancel_verification_tokens();
