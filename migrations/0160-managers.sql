-- Several managers on one database: who is there, who does what, and how they learn of each other's changes.

CREATE TABLE managers (
  id             uuid PRIMARY KEY,
  session_id     uuid NOT NULL,
  host           text NOT NULL,
  os_user        text NOT NULL,
  process_id     int  NOT NULL,
  profile        text NOT NULL DEFAULT '',
  version        text NOT NULL,
  schema_version int  NOT NULL,
  config_nodes   text[] NOT NULL DEFAULT '{}',
  started_at     timestamptz NOT NULL,
  last_seen_at   timestamptz NOT NULL,
  ended_at       timestamptz
);
COMMENT ON TABLE managers IS 'Programs that use or have used this database. One counts as there while last_seen_at moves.';
COMMENT ON COLUMN managers.id IS 'Made once per data folder, so that it stays the same over restarts.';
COMMENT ON COLUMN managers.session_id IS 'Made at each start.';
COMMENT ON COLUMN managers.host IS 'Name of the computer it runs on.';
COMMENT ON COLUMN managers.os_user IS 'Who runs it there.';
COMMENT ON COLUMN managers.process_id IS 'Its process on that computer.';
COMMENT ON COLUMN managers.profile IS 'Name of its profile; empty where it has none.';
COMMENT ON COLUMN managers.version IS 'Program version.';
COMMENT ON COLUMN managers.schema_version IS 'Last migration it knows.';
COMMENT ON COLUMN managers.config_nodes IS 'Aliases of the nodes that its liveman.toml declares.';
COMMENT ON COLUMN managers.started_at IS 'When this run began, by the clock of the database.';
COMMENT ON COLUMN managers.last_seen_at IS 'Last sign of life, by the clock of the database.';
COMMENT ON COLUMN managers.ended_at IS 'When it left in order; null while it runs or where it crashed.';

CREATE TABLE duties (
  duty        text PRIMARY KEY,
  manager_id  uuid   NOT NULL,
  session_id  uuid   NOT NULL,
  term        bigint NOT NULL CHECK (term > 0),
  taken_at    timestamptz NOT NULL,
  renewed_at  timestamptz NOT NULL,
  released_at timestamptz
);
COMMENT ON TABLE duties IS 'Work that one manager does for all. Who may do it holds an advisory lock; the row tells who that is and keeps a successor waiting until the one before has surely stopped.';
COMMENT ON COLUMN duties.duty IS 'Name of the work.';
COMMENT ON COLUMN duties.manager_id IS 'Who does it.';
COMMENT ON COLUMN duties.session_id IS 'The run of that manager which does it.';
COMMENT ON COLUMN duties.term IS 'Counts the holders.';
COMMENT ON COLUMN duties.taken_at IS 'Since when.';
COMMENT ON COLUMN duties.renewed_at IS 'Last sign of its holder, about once a second. A holder that cannot renew stops by itself.';
COMMENT ON COLUMN duties.released_at IS 'When it was laid down in order; null while it is done or its holder was lost.';

ALTER TABLE exports ADD COLUMN manager_id uuid;
COMMENT ON COLUMN exports.manager_id IS 'The manager whose disk the file is for; null in rows older than this column, which belong to who has the folder.';

ALTER TABLE cascades ADD COLUMN manager_id uuid;
COMMENT ON COLUMN cascades.manager_id IS 'Who makes it; a row in state starting is only taken back once that manager is gone.';

CREATE FUNCTION tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  key text;
  message text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    key := to_jsonb(OLD) ->> TG_ARGV[0];
  ELSE
    key := to_jsonb(NEW) ->> TG_ARGV[0];
  END IF;
  message := json_build_object('from', current_setting('application_name'), 'table', TG_TABLE_NAME, 'key', key)::text;
  -- PostgreSQL takes less than 8000 bytes; without a key the whole table is read anew.
  IF octet_length(message) > 7000 THEN
    message := json_build_object('from', current_setting('application_name'), 'table', TG_TABLE_NAME, 'key', NULL)::text;
  END IF;
  PERFORM pg_notify('liveman', message);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION tell_change() IS 'Row trigger: tells all managers on the channel liveman that a row changed. The argument names the column that is its key.';

CREATE TRIGGER nodes_told AFTER INSERT OR UPDATE OR DELETE ON nodes
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER alerts_told AFTER INSERT OR UPDATE OR DELETE ON alerts
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER cascades_told AFTER INSERT OR UPDATE OR DELETE ON cascades
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER recorders_told AFTER INSERT OR UPDATE OR DELETE ON recorders
  FOR EACH ROW EXECUTE FUNCTION tell_change('stream');
CREATE TRIGGER exports_told AFTER INSERT OR UPDATE OR DELETE ON exports
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER schema_migrations_told AFTER INSERT ON schema_migrations
  FOR EACH ROW EXECUTE FUNCTION tell_change('version');
-- Not for every sign of life.
CREATE TRIGGER managers_told AFTER INSERT OR DELETE OR UPDATE OF session_id, ended_at ON managers
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER duties_told AFTER INSERT OR DELETE OR UPDATE OF session_id, released_at ON duties
  FOR EACH ROW EXECUTE FUNCTION tell_change('duty');
