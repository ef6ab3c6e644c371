-- Who did what, from where, and what came of it.

CREATE TABLE audit (
  id         uuid PRIMARY KEY,
  at         timestamptz NOT NULL,
  last_at    timestamptz NOT NULL,
  count      integer NOT NULL DEFAULT 1 CHECK (count > 0),
  who        text NOT NULL,
  credential text NOT NULL,
  session    text,
  action     text NOT NULL,
  object     text NOT NULL,
  outcome    text NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
  status     integer,
  address    text,
  user_agent text,
  details    jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE audit IS 'What callers did, one row per act; what one caller does on and on, as playing, is one row.';
COMMENT ON COLUMN audit.id IS 'Made by the manager that wrote the row.';
COMMENT ON COLUMN audit.at IS 'When it was done, or begun.';
COMMENT ON COLUMN audit.last_at IS 'When it was done last, where the row stands for more than one request.';
COMMENT ON COLUMN audit.count IS 'Requests that the row stands for.';
COMMENT ON COLUMN audit.who IS 'Name of the account or credential; empty where nobody was recognised.';
COMMENT ON COLUMN audit.credential IS 'Kind of the credential: account, token, jwt, code, desktop, node, local, none, system.';
COMMENT ON COLUMN audit.session IS 'Public identifier of the browser session or of the issued token; no secret.';
COMMENT ON COLUMN audit.action IS 'Verb and kind of object, as in the contract: delete stream, play recording.';
COMMENT ON COLUMN audit.object IS 'Name of what it was done to: stream, alias, account; parts are joined by a space and a slash.';
COMMENT ON COLUMN audit.outcome IS 'ok; refused: no or not enough rights, or too many attempts; failed: anything else.';
COMMENT ON COLUMN audit.status IS 'HTTP status of the reply; null where there was none.';
COMMENT ON COLUMN audit.address IS 'Network address the request came from.';
COMMENT ON COLUMN audit.user_agent IS 'Program of the caller, as it called itself.';
COMMENT ON COLUMN audit.details IS 'Facts by name, such as the range of time that was asked for. No secrets.';

-- The list in the window, newest first, and retention.
CREATE INDEX audit_at ON audit (at DESC, id DESC);
-- One person, one object.
CREATE INDEX audit_who ON audit (who, at DESC);
CREATE INDEX audit_object ON audit (object, at DESC);
