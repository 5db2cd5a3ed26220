DROP TRIGGER users_revoke_api_tokens ON users;
DROP FUNCTION revoke_api_tokens_of_user();
DROP TABLE api_tokens;
DROP FUNCTION guard_api_token_change();
