DROP TABLE verification_tokens;
DROP FUNCTION guard_verification_token();
DROP TYPE verification_purpose;
