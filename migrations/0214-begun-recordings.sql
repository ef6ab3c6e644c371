-- Recordings that a node was told to make are listed at once, before anything of them is known.
ALTER TABLE recordings ADD COLUMN begun_ts bigint;
COMMENT ON COLUMN recordings.begun_ts IS 'When a node answered that it records it, microseconds since the Unix epoch, as long as no segment of it is known; null otherwise.';
CREATE UNIQUE INDEX recordings_begun ON recordings (stream, node_alias, dir) WHERE begun_ts IS NOT NULL;
