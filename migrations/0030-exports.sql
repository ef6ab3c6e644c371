-- Clips written to disk.

CREATE TABLE exports (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  stream          text   NOT NULL,
  start_ts        bigint NOT NULL,
  end_ts          bigint NOT NULL,
  state           text   NOT NULL CHECK (state IN ('waiting', 'running', 'checking', 'done', 'failed', 'cancelled')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  finished_at     timestamptz,
  size_bytes      bigint,
  file_name       text,
  folder          text,
  duration_us     bigint,
  starts_early_us bigint,
  gaps            jsonb NOT NULL DEFAULT '[]',
  error           text,
  CHECK (start_ts < end_ts)
);
COMMENT ON TABLE exports IS 'Exports: clips that were or will be written to disk.';
COMMENT ON COLUMN exports.stream IS 'Stream identifier.';
COMMENT ON COLUMN exports.start_ts IS 'In-point, microseconds since the Unix epoch.';
COMMENT ON COLUMN exports.end_ts IS 'Out-point, microseconds since the Unix epoch.';
COMMENT ON COLUMN exports.state IS 'waiting, running, checking (the file is read back), done, failed, cancelled.';
COMMENT ON COLUMN exports.created_at IS 'When it was asked for.';
COMMENT ON COLUMN exports.finished_at IS 'When it was done, failed or was cancelled.';
COMMENT ON COLUMN exports.size_bytes IS 'Exact size of the file, known before it is written.';
COMMENT ON COLUMN exports.file_name IS 'Name of the file in its folder.';
COMMENT ON COLUMN exports.folder IS 'Folder on the computer of the manager that wrote it.';
COMMENT ON COLUMN exports.duration_us IS 'Playing time of the file in microseconds.';
COMMENT ON COLUMN exports.starts_early_us IS 'From the key frame before the in-point to the in-point, microseconds; hidden by the edit list.';
COMMENT ON COLUMN exports.gaps IS 'Gaps that are closed up in the file: [{startUs, endUs}].';
COMMENT ON COLUMN exports.error IS 'Why it failed, in words.';
CREATE INDEX exports_created ON exports (created_at DESC);
