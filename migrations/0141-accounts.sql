-- Accounts that were made in the window; those of liveman.toml are beside them and are not kept here.

CREATE TABLE accounts (
  name                text PRIMARY KEY CHECK (name <> ''),
  password_hash       text NOT NULL,
  role                text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  streams             text[],
  is_disabled         boolean NOT NULL DEFAULT false,
  created_at          timestamptz NOT NULL DEFAULT now(),
  password_changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE accounts IS 'People who log in with a name and a password, made in the window.';
COMMENT ON COLUMN accounts.name IS 'Login name; an account of the same name in liveman.toml comes first.';
COMMENT ON COLUMN accounts.password_hash IS 'scrypt: $scrypt$ln=…,r=…,p=…$salt$hash.';
COMMENT ON COLUMN accounts.role IS 'viewer: watches; operator: also steers streams; admin: also settings and accounts.';
COMMENT ON COLUMN accounts.streams IS 'Patterns of stream names the account is limited to; null: all.';
COMMENT ON COLUMN accounts.is_disabled IS 'Cannot log in, and what it is logged in with no longer counts.';
COMMENT ON COLUMN accounts.password_changed_at IS 'Sessions that are older ended then.';

-- Who is logged in. Here rather than in memory, so that a restart and a second manager know it too.
CREATE TABLE login_sessions (
  id         uuid PRIMARY KEY,
  value_hash text NOT NULL UNIQUE,
  kind       text NOT NULL CHECK (kind IN ('account', 'token', 'jwt', 'code')),
  subject    text NOT NULL,
  proof      text NOT NULL,
  principal  jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  used_at    timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  address    text,
  user_agent text
);
COMMENT ON TABLE login_sessions IS 'Sessions of browsers and of programs that logged in. A row goes when its session has ended.';
COMMENT ON COLUMN login_sessions.id IS 'Public name, in lists and in the audit log.';
COMMENT ON COLUMN login_sessions.value_hash IS 'SHA-256 of the secret value that the client sends, hexadecimal.';
COMMENT ON COLUMN login_sessions.kind IS 'What it was opened with: account and password, configured token, JWT, login code.';
COMMENT ON COLUMN login_sessions.subject IS 'Account name; identifier of the JWT where it has one; else empty.';
COMMENT ON COLUMN login_sessions.proof IS 'HMAC of the credential under the session''s value: the session ends when the credential is changed.';
COMMENT ON COLUMN login_sessions.principal IS 'What a token allowed; of accounts the present role counts.';
COMMENT ON COLUMN login_sessions.used_at IS 'Last use, exact to a minute.';
COMMENT ON COLUMN login_sessions.expires_at IS 'End, however often it is used.';
COMMENT ON COLUMN login_sessions.address IS 'Where it was opened from.';
COMMENT ON COLUMN login_sessions.user_agent IS 'Program it was opened with, as it called itself.';
CREATE INDEX login_sessions_subject ON login_sessions (kind, subject);

-- JWTs that this program has issued. The tokens themselves are kept nowhere.
CREATE TABLE issued_tokens (
  id         text PRIMARY KEY,
  label      text NOT NULL,
  account    text,
  stream     text NOT NULL,
  mode       integer NOT NULL CHECK (mode BETWEEN 0 AND 7),
  issued_by  text NOT NULL,
  issued_at  timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_by text
);
COMMENT ON TABLE issued_tokens IS 'JWTs made here, so that they can be listed and revoked. A row goes some time after its token has expired.';
COMMENT ON COLUMN issued_tokens.id IS 'Claim jti of the token.';
COMMENT ON COLUMN issued_tokens.label IS 'What it is for, in the words of who made it.';
COMMENT ON COLUMN issued_tokens.account IS 'Account whose login it stands for; null for tokens in their own right.';
COMMENT ON COLUMN issued_tokens.stream IS 'Claim id: stream name, or * for all.';
COMMENT ON COLUMN issued_tokens.mode IS 'Claim mode: 4 read, 2 write, 1 administer.';
COMMENT ON COLUMN issued_tokens.issued_by IS 'Account or credential that made it.';
COMMENT ON COLUMN issued_tokens.revoked_at IS 'From then on this program refuses it; nodes do not know and take it until it expires.';
CREATE INDEX issued_tokens_issued ON issued_tokens (issued_at DESC);

-- Secret addresses for nodes that report without a token.
CREATE TABLE report_paths (
  alias       text PRIMARY KEY,
  secret_hash text NOT NULL UNIQUE,
  created_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text NOT NULL
);
COMMENT ON TABLE report_paths IS 'Nodes that may report under a secret path instead of with a token; one for each.';
COMMENT ON COLUMN report_paths.alias IS 'Node, and the only one that can be reported for there.';
COMMENT ON COLUMN report_paths.secret_hash IS 'SHA-256 of the secret part of the path, hexadecimal.';
COMMENT ON COLUMN report_paths.created_by IS 'Account or credential that made it.';
