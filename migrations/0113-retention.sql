-- What is to be kept how long, and how far its removal has come.

CREATE TABLE retention_rules (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  position   int    NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED,
  streams    text[] NOT NULL CHECK (cardinality(streams) > 0),
  keep_days  int    CHECK (keep_days >= 1),
  max_bytes  bigint CHECK (max_bytes >= 1),
  updated_by text   NOT NULL DEFAULT '',
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE retention_rules IS 'Retention rules made in the window; those of liveman.toml come before them. The first rule that matches a stream counts.';
COMMENT ON COLUMN retention_rules.position IS 'Order in which they are tried.';
COMMENT ON COLUMN retention_rules.streams IS 'Patterns of stream names; * stands for any text.';
COMMENT ON COLUMN retention_rules.keep_days IS 'Days after which a segment goes; null for no limit.';
COMMENT ON COLUMN retention_rules.max_bytes IS 'What all streams of the rule may take together, the oldest goes first; null for no limit.';
COMMENT ON COLUMN retention_rules.updated_by IS 'Who changed it last.';
COMMENT ON COLUMN retention_rules.updated_at IS 'When it was changed last.';

CREATE TABLE retention_runs (
  id            uuid PRIMARY KEY,
  started_at    timestamptz NOT NULL,
  beat_at       timestamptz NOT NULL,
  finished_at   timestamptz,
  state         text   NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'failed')),
  segment_count bigint NOT NULL DEFAULT 0,
  size_bytes    bigint NOT NULL DEFAULT 0,
  failed_count  bigint NOT NULL DEFAULT 0,
  problem       text
);
COMMENT ON TABLE retention_runs IS 'Removals of what the rules no longer keep; counted in the transaction that deletes the rows.';
COMMENT ON COLUMN retention_runs.started_at IS 'When it began.';
COMMENT ON COLUMN retention_runs.beat_at IS 'When it last did something; one that ended without a word is known by it.';
COMMENT ON COLUMN retention_runs.finished_at IS 'When it ended; null while it runs.';
COMMENT ON COLUMN retention_runs.state IS 'running; done; stopped: the program ended, the next run goes on; failed: see problem.';
COMMENT ON COLUMN retention_runs.segment_count IS 'Segments removed.';
COMMENT ON COLUMN retention_runs.size_bytes IS 'Their size, as far as it was known.';
COMMENT ON COLUMN retention_runs.failed_count IS 'Objects that could not be removed.';
COMMENT ON COLUMN retention_runs.problem IS 'What kept it from removing all, in words.';
CREATE INDEX retention_runs_started ON retention_runs (started_at DESC);

CREATE TABLE retention_problems (
  stream       text NOT NULL,
  dir          text NOT NULL,
  problem      text NOT NULL,
  object_count int  NOT NULL CHECK (object_count > 0),
  first_at     timestamptz NOT NULL DEFAULT now(),
  last_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream, dir)
);
COMMENT ON TABLE retention_problems IS 'Folders of which objects withstand their removal; each run tries again.';
COMMENT ON COLUMN retention_problems.stream IS 'Stream identifier.';
COMMENT ON COLUMN retention_problems.dir IS 'Folder, relative to the storage root.';
COMMENT ON COLUMN retention_problems.problem IS 'Why the first of them could not be removed, in words.';
COMMENT ON COLUMN retention_problems.object_count IS 'How many could not be removed in the last run.';
COMMENT ON COLUMN retention_problems.first_at IS 'When it was met first.';
COMMENT ON COLUMN retention_problems.last_at IS 'When it was met last.';

CREATE TABLE retention_folders (
  dir        text PRIMARY KEY CHECK (dir <> ''),
  emptied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE retention_folders IS 'Folders of recordings whose rows are gone; left over where the program ended before the empty folder was removed.';
COMMENT ON COLUMN retention_folders.dir IS 'Folder, relative to the storage root.';
COMMENT ON COLUMN retention_folders.emptied_at IS 'When its last row went.';

-- A name may be used again by a later session, or by another node; its object must then stay.
CREATE INDEX recordings_dir ON recordings (dir);

CREATE FUNCTION drop_empty_segment_partition(week bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  name text := 'segments_w' || week;
  is_empty boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('segments_partition'));
  IF NOT EXISTS (
    SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'segments'::regclass AND c.relname = name
  ) THEN
    RETURN false;
  END IF;
  EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I)', name) INTO is_empty;
  IF NOT is_empty THEN
    RETURN false;
  END IF;
  -- Writers wait behind this lock, so it is given up soon where it is not free.
  SET LOCAL lock_timeout = '500ms';
  LOCK TABLE segments IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I)', name) INTO is_empty;
  IF is_empty THEN
    EXECUTE format('DROP TABLE %I', name);
  END IF;
  RETURN is_empty;
END
$$;
COMMENT ON FUNCTION drop_empty_segment_partition IS 'Drops the partition of a week if no segment is in it; says whether it did. Fails with lock_not_available (55P03) where the table is in use.';
