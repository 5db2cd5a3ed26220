DROP TABLE user_factors;
DROP TYPE user_factor_kind;
