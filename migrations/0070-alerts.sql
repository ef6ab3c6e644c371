-- What went wrong, where and how long.

CREATE TABLE alerts (
  id              uuid PRIMARY KEY,
  kind            text   NOT NULL,
  object_kind     text   NOT NULL,
  object_name     text   NOT NULL,
  severity        text   NOT NULL CHECK (severity IN ('critical', 'warning', 'info')),
  text            text   NOT NULL,
  opened_at       timestamptz NOT NULL,
  last_at         timestamptz NOT NULL,
  count           integer NOT NULL DEFAULT 1 CHECK (count > 0),
  closed_at       timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  details         jsonb  NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE alerts IS 'Alerts: one open row per kind and object; what comes again soon is counted, not repeated.';
COMMENT ON COLUMN alerts.kind IS 'What went wrong, as node-down or clock-skew.';
COMMENT ON COLUMN alerts.object_kind IS 'Kind of what it happened to: node, stream, database, storage.';
COMMENT ON COLUMN alerts.object_name IS 'Its name: alias, stream identifier, place.';
COMMENT ON COLUMN alerts.text IS 'What happened and what to do, in words.';
COMMENT ON COLUMN alerts.opened_at IS 'When it began.';
COMMENT ON COLUMN alerts.last_at IS 'When it was noticed last.';
COMMENT ON COLUMN alerts.count IS 'How often it came, with short breaks in between.';
COMMENT ON COLUMN alerts.closed_at IS 'When it was over; null while it holds.';
COMMENT ON COLUMN alerts.acknowledged_at IS 'When an operator took note of it.';
COMMENT ON COLUMN alerts.acknowledged_by IS 'Who took note of it.';
COMMENT ON COLUMN alerts.details IS 'Facts for programs, by name.';
CREATE UNIQUE INDEX alerts_open ON alerts (kind, object_kind, object_name) WHERE closed_at IS NULL;
CREATE INDEX alerts_opened ON alerts (opened_at DESC);
