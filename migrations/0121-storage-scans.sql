-- How far `liveman index` came with each storage, so that a run that was stopped goes on there.

CREATE TABLE storage_scans (
  place        text   PRIMARY KEY CHECK (place <> ''),
  position     text   NOT NULL,
  object_count bigint NOT NULL,
  folder_count bigint NOT NULL,
  updated_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE storage_scans IS 'Runs of `liveman index` that were stopped before their end; one that ends takes its row away.';
COMMENT ON COLUMN storage_scans.place IS 'The storage: the absolute path of a folder, or s3://bucket/prefix.';
COMMENT ON COLUMN storage_scans.position IS 'Path of an object: every recording folder before it was gone through.';
COMMENT ON COLUMN storage_scans.object_count IS 'Objects listed up to there.';
COMMENT ON COLUMN storage_scans.folder_count IS 'Recording folders gone through up to there.';
COMMENT ON COLUMN storage_scans.updated_at IS 'When the run came there.';
