-- Storage folders that were indexed beside the configured one, so that what lies there can be played.

CREATE TABLE storages (
  root     text PRIMARY KEY CHECK (root <> ''),
  added_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE storages IS 'Storage folders indexed by the command line; objects are looked for there too.';
COMMENT ON COLUMN storages.root IS 'Absolute path of the folder.';
COMMENT ON COLUMN storages.added_at IS 'When it was indexed first.';
