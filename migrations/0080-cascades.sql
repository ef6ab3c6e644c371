-- Relays of a stream from one node to another that this program made, so that they are known after a restart.

CREATE TABLE cascades (
  id           uuid PRIMARY KEY,
  stream       text NOT NULL,
  source_alias text NOT NULL,
  target_alias text NOT NULL,
  mode         text NOT NULL CHECK (mode IN ('push', 'pull')),
  origin       text NOT NULL CHECK (origin IN ('viewers', 'operator')),
  state        text NOT NULL CHECK (state IN ('starting', 'running')),
  created_at   timestamptz NOT NULL,
  UNIQUE (stream, target_alias)
);
COMMENT ON TABLE cascades IS 'Relays made by this program. A row goes when its relay has ended or was undone.';
COMMENT ON COLUMN cascades.stream IS 'Decoded stream name.';
COMMENT ON COLUMN cascades.source_alias IS 'Node that has the stream; it may be unknown by now.';
COMMENT ON COLUMN cascades.target_alias IS 'Node the stream is relayed to; it may be unknown by now.';
COMMENT ON COLUMN cascades.mode IS 'push: the source sends it on; pull: the target fetches it.';
COMMENT ON COLUMN cascades.origin IS 'viewers: made because every holder was full, ended when idle; operator: made by hand, ended by hand.';
COMMENT ON COLUMN cascades.state IS 'starting: not yet seen to carry media; a row left so by a crash is undone.';

-- What this program knows of recordings on nodes: what is wanted, and since when a recording runs.
CREATE TABLE recorders (
  node_alias text NOT NULL,
  stream     text NOT NULL,
  wish       text CHECK (wish IN ('operator', 'stopped')),
  start_ms   bigint,
  record_dir text,
  PRIMARY KEY (node_alias, stream)
);
COMMENT ON TABLE recorders IS 'Recordings that this program started or found, and the operator''s wishes.';
COMMENT ON COLUMN recorders.wish IS 'operator: started by hand; stopped: ended by hand, so automatic recording leaves it alone until the stream is published anew; null: neither.';
COMMENT ON COLUMN recorders.start_ms IS 'Start of the running recording, milliseconds since the Unix epoch; null when none is known to run.';
COMMENT ON COLUMN recorders.record_dir IS 'Its folder in the storage; null where the node does not say.';
