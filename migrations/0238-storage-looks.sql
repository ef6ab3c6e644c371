-- When storages were looked through for what no node tells of. Of nodes that list nothing that was kept per node.

CREATE TABLE storage_looks (
  place     text        PRIMARY KEY CHECK (place <> ''),
  looked_at timestamptz NOT NULL
);
COMMENT ON TABLE storage_looks IS 'Storages that are looked through for recordings that no node has told of, as those that began and ended while the manager was away.';
COMMENT ON COLUMN storage_looks.place IS 'The storage: the absolute path of a folder, or s3://bucket/prefix.';
COMMENT ON COLUMN storage_looks.looked_at IS 'When that was done last without a failure. What was begun long before that was seen.';
COMMENT ON COLUMN sync_cursors.cursor_ts IS 'Last change that was read (by the clock of the node), or last start of a pulled segment (media time); microseconds.';
