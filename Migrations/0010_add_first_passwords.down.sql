DROP TRIGGER users_cancel_verification_tokens ON users;
DROP FUNCTION cancel_verification_tokens();

ALTER TABLE verification_tokens DROP CONSTRAINT verification_tokens_email_proved;
DELETE FROM verification_tokens WHERE purpose = 'first_password';
ALTER TABLE verification_tokens ALTER COLUMN email SET NOT NULL;
COMMENT ON TABLE verification_tokens IS 'Tokens sent by mail. Consumed by POST, never by GET: mail scanners follow links.';
COMMENT ON COLUMN verification_tokens.email IS 'The address that it was sent to, and so the only one that it proves; for change_email, the new one.';

ALTER TYPE verification_purpose RENAME TO verification_purpose_after;
CREATE TYPE verification_purpose AS ENUM ('verify_email', 'reset_password', 'change_email');
COMMENT ON TYPE verification_purpose IS 'What a verification token is good for, and nothing else.';
ALTER TABLE verification_tokens ALTER COLUMN purpose TYPE verification_purpose
    USING purpose::text::verification_purpose;
DROP TYPE verification_purpose_after;

ALTER TABLE users
    DROP CONSTRAINT users_password_must_change_exists,
    DROP COLUMN password_must_change;
