-- Alerts that operators know of and do not want to be told about, and what was done about an alert.

CREATE TABLE alert_mutes (
  id          uuid PRIMARY KEY,
  kind        text,
  object_kind text,
  object_name text,
  ends_at     timestamptz,
  reason      text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL,
  created_by  text NOT NULL,
  CHECK ((object_kind IS NULL) = (object_name IS NULL)),
  CHECK (kind IS NOT NULL OR object_kind IS NOT NULL)
);
COMMENT ON TABLE alert_mutes IS 'Which alerts are kept quiet: still listed, but not counted, posted or notified.';
COMMENT ON COLUMN alert_mutes.kind IS 'Only alerts of this kind; null for every kind.';
COMMENT ON COLUMN alert_mutes.object_kind IS 'Only alerts about this object: node, stream, database, storage; null for every object.';
COMMENT ON COLUMN alert_mutes.object_name IS 'Its name: alias, stream identifier, place.';
COMMENT ON COLUMN alert_mutes.ends_at IS 'Until when; null until somebody ends it.';
COMMENT ON COLUMN alert_mutes.reason IS 'Why, in the words of who did it.';
COMMENT ON COLUMN alert_mutes.created_at IS 'When it was muted.';
COMMENT ON COLUMN alert_mutes.created_by IS 'Who muted it.';

ALTER TABLE alerts ADD COLUMN note text NOT NULL DEFAULT '';
COMMENT ON COLUMN alerts.note IS 'What was done about it, in the words of who took note of it or of this program.';
