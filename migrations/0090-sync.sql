-- What is known of the recordings that nodes list themselves, and how far their lists were read.

CREATE TABLE sync_cursors (
  node_alias text NOT NULL,
  stream     text NOT NULL,
  cursor_ts  bigint,
  synced_at  timestamptz,
  PRIMARY KEY (node_alias, stream)
);
COMMENT ON TABLE sync_cursors IS 'How far the list of a node was read.';
COMMENT ON COLUMN sync_cursors.node_alias IS 'Alias of the node.';
COMMENT ON COLUMN sync_cursors.stream IS 'Empty for the list of recordings; the stream for segments that are pulled.';
COMMENT ON COLUMN sync_cursors.cursor_ts IS 'Last change that was read (by the clock of the node), or last start of a pulled segment (media time); microseconds.';
COMMENT ON COLUMN sync_cursors.synced_at IS 'When it was read last without a failure.';

CREATE TABLE node_recordings (
  node_alias  text   NOT NULL,
  stream      text   NOT NULL,
  record      text   NOT NULL,
  dir         text   NOT NULL CHECK (dir <> ''),
  start_ts    bigint NOT NULL,
  end_ts      bigint,
  node_status text   NOT NULL CHECK (node_status IN ('active', 'completed', 'failed')),
  state       text   NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'settled', 'acknowledged')),
  source      text   CHECK (source IN ('storage', 'node')),
  ended_at    timestamptz,
  tried_at    timestamptz,
  problem     text,
  PRIMARY KEY (node_alias, stream, record)
);
COMMENT ON TABLE node_recordings IS 'Recordings as the nodes list them, and what was done about them.';
COMMENT ON COLUMN node_recordings.node_alias IS 'Alias of the node.';
COMMENT ON COLUMN node_recordings.stream IS 'Stream identifier.';
COMMENT ON COLUMN node_recordings.record IS 'Record id as the node gave it.';
COMMENT ON COLUMN node_recordings.dir IS 'Folder of its objects, relative to the storage root.';
COMMENT ON COLUMN node_recordings.start_ts IS 'Start as the node says, microseconds since the Unix epoch.';
COMMENT ON COLUMN node_recordings.end_ts IS 'End as the node says, microseconds since the Unix epoch; null while it is not known.';
COMMENT ON COLUMN node_recordings.node_status IS 'Status as the node says; it may be wrong.';
COMMENT ON COLUMN node_recordings.state IS 'open: segments may be missing; settled: all is indexed; acknowledged: and the node knows.';
COMMENT ON COLUMN node_recordings.source IS 'Where its media were found: storage of the manager, or node; null until they were.';
COMMENT ON COLUMN node_recordings.ended_at IS 'When its end was first known here.';
COMMENT ON COLUMN node_recordings.tried_at IS 'When it was indexed last.';
COMMENT ON COLUMN node_recordings.problem IS 'What keeps it open, or what is missing of it, in words.';
CREATE INDEX node_recordings_dir ON node_recordings (dir) WHERE source = 'node';
CREATE INDEX node_recordings_work ON node_recordings (node_alias, state) WHERE state <> 'acknowledged';
