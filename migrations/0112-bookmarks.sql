-- What operators want to find again, and what retention is to leave alone.

CREATE TABLE bookmarks (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  stream       text   NOT NULL DEFAULT '',
  start_ts     bigint NOT NULL CHECK (start_ts >= 0),
  end_ts       bigint NOT NULL,
  label        text   NOT NULL DEFAULT '' CHECK (length(label) <= 500),
  is_protected boolean NOT NULL DEFAULT false,
  created_by   text   NOT NULL DEFAULT '',
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CHECK (start_ts <= end_ts)
);
COMMENT ON TABLE bookmarks IS 'Ranges and instants that operators marked.';
COMMENT ON COLUMN bookmarks.stream IS 'Stream identifier; empty for all streams.';
COMMENT ON COLUMN bookmarks.start_ts IS 'Start, microseconds since the Unix epoch.';
COMMENT ON COLUMN bookmarks.end_ts IS 'End, microseconds since the Unix epoch; the start for an instant.';
COMMENT ON COLUMN bookmarks.label IS 'What it is, in the words of the operator.';
COMMENT ON COLUMN bookmarks.is_protected IS 'Retention keeps what was recorded then.';
COMMENT ON COLUMN bookmarks.created_by IS 'Who made it.';
COMMENT ON COLUMN bookmarks.created_at IS 'When it was made.';
COMMENT ON COLUMN bookmarks.updated_at IS 'When it was changed last.';
-- The flags of a stream on the timeline, and its list, oldest first.
CREATE INDEX bookmarks_stream ON bookmarks (stream, start_ts, id);
-- Asked before each batch of removals.
CREATE INDEX bookmarks_protected ON bookmarks (stream, start_ts) WHERE is_protected;
