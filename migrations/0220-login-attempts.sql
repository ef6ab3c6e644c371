-- Wrong passwords, counted for all managers of the database together, over a crash too.

CREATE TABLE login_attempts (
  key_hash text PRIMARY KEY,
  count    integer NOT NULL CHECK (count > 0),
  last_at  timestamptz NOT NULL,
  until_at timestamptz NOT NULL
);
COMMENT ON TABLE login_attempts IS 'Attempts to log in that were not right, per account and address. A row goes with a right login, or an hour after the last attempt.';
COMMENT ON COLUMN login_attempts.key_hash IS 'SHA-256 of account and address, of the account, or of the address, hexadecimal: what is typed as a name may be a password.';
COMMENT ON COLUMN login_attempts.count IS 'Wrong attempts in a row.';
COMMENT ON COLUMN login_attempts.last_at IS 'The last one, by the clock of the database.';
COMMENT ON COLUMN login_attempts.until_at IS 'Before then nothing is tried.';
CREATE INDEX login_attempts_last ON login_attempts (last_at);
