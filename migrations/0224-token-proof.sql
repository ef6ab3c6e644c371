-- Login tokens end with the password they were given for, also where it is one of liveman.toml.

ALTER TABLE issued_tokens ADD COLUMN proof text;
COMMENT ON COLUMN issued_tokens.proof IS 'HMAC-SHA256, keyed with the token, of the password of the account it stands for (a hash, for accounts made in the window): shows that it is still the same. Null for tokens in their own right.';
