-- What holding the index and the storages against each other found.

CREATE TABLE integrity_runs (
  id               uuid PRIMARY KEY,
  state            text NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
  phase            text NOT NULL DEFAULT 'recordings' CHECK (phase IN ('recordings', 'objects', 'totals')),
  stream           text,
  start_ts         bigint,
  end_ts           bigint,
  is_repairing     boolean NOT NULL,
  started_at       timestamptz NOT NULL,
  beat_at          timestamptz NOT NULL,
  finished_at      timestamptz,
  segment_count    bigint NOT NULL DEFAULT 0,
  segments_in_all  bigint,
  object_count     bigint NOT NULL DEFAULT 0,
  place            text   NOT NULL DEFAULT '',
  found_count      int    NOT NULL DEFAULT 0,
  repaired_count   int    NOT NULL DEFAULT 0,
  problem          text,
  is_cancel_wanted boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE integrity_runs IS 'Runs of the integrity check, those of the command line too; the newest hundred are kept.';
COMMENT ON COLUMN integrity_runs.phase IS 'recordings: each recording against its objects; objects: the storages for what has no row; totals: totals and coverage against a recount.';
COMMENT ON COLUMN integrity_runs.stream IS 'The stream it was limited to; null for all.';
COMMENT ON COLUMN integrity_runs.start_ts IS 'Start of the time it was limited to, microseconds since the Unix epoch; null for none.';
COMMENT ON COLUMN integrity_runs.end_ts IS 'End (exclusive) of that time; null for none.';
COMMENT ON COLUMN integrity_runs.is_repairing IS 'Whether it mends what can be mended without losing anything.';
COMMENT ON COLUMN integrity_runs.beat_at IS 'When its process was last seen at work; one that is silent for a minute was killed.';
COMMENT ON COLUMN integrity_runs.segment_count IS 'Rows held against their objects so far.';
COMMENT ON COLUMN integrity_runs.segments_in_all IS 'Rows that there are, by the totals; null where it was limited to a time.';
COMMENT ON COLUMN integrity_runs.object_count IS 'Objects of the storages gone through so far.';
COMMENT ON COLUMN integrity_runs.place IS 'Where it is: a folder or a stream.';
COMMENT ON COLUMN integrity_runs.problem IS 'Why it failed, in words.';
COMMENT ON COLUMN integrity_runs.is_cancel_wanted IS 'Set by whoever wants it to end; its process looks here.';

CREATE TABLE integrity_findings (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL,
  stream      text NOT NULL,
  node_alias  text NOT NULL,
  place       text NOT NULL,
  start_ts    bigint,
  end_ts      bigint,
  reason      text NOT NULL,
  repair      text CHECK (repair IN ('mark-missing', 'forget', 're-examine', 'index', 'recount')),
  details     jsonb NOT NULL,
  run_id      uuid NOT NULL,
  found_at    timestamptz NOT NULL,
  resolved_at timestamptz,
  resolution  text CHECK (resolution IN ('repaired', 'gone')),
  UNIQUE (kind, stream, node_alias, place)
);
COMMENT ON TABLE integrity_findings IS 'Where the index and the storages differ. One that comes again opens its row again.';
COMMENT ON COLUMN integrity_findings.kind IS 'What differs; see src-shared/model/integrity.ts.';
COMMENT ON COLUMN integrity_findings.stream IS 'Stream identifier; empty where it is of none.';
COMMENT ON COLUMN integrity_findings.node_alias IS 'Which live777 node recorded it; empty where it is of none.';
COMMENT ON COLUMN integrity_findings.place IS 'The object, folder, storage, or track and day.';
COMMENT ON COLUMN integrity_findings.start_ts IS 'Start of the time it is about, microseconds since the Unix epoch; null for none.';
COMMENT ON COLUMN integrity_findings.end_ts IS 'End (exclusive) of that time.';
COMMENT ON COLUMN integrity_findings.reason IS 'What differs and why, in words.';
COMMENT ON COLUMN integrity_findings.repair IS 'How it can be mended; null where nothing here can.';
COMMENT ON COLUMN integrity_findings.details IS 'What the repair needs: keys of the row, name of the storage.';
COMMENT ON COLUMN integrity_findings.run_id IS 'The run that saw it last.';
COMMENT ON COLUMN integrity_findings.found_at IS 'When it was found, or found again after it was resolved.';
COMMENT ON COLUMN integrity_findings.resolved_at IS 'When it was repaired, or seen to be gone; null while it is open.';
-- For the list of what is open, by kind.
CREATE INDEX integrity_findings_open ON integrity_findings (kind, id) WHERE resolved_at IS NULL;
