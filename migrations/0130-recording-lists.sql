-- Lists of recordings: by start, newest or oldest first, page by page, for all or for one stream, node or status.
-- None of these columns changes while a recording grows, so its updates need not touch the indexes.
CREATE INDEX recordings_start ON recordings (start_ts, id);
CREATE INDEX recordings_stream_start ON recordings (stream, start_ts, id);
CREATE INDEX recordings_node_start ON recordings (node_alias, start_ts, id);
CREATE INDEX recordings_status_start ON recordings (status, start_ts, id);

CREATE TABLE longest_recording (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  hours   bigint NOT NULL
);
COMMENT ON TABLE longest_recording IS 'Bounds how far before a range a recording may start that reaches into it, so that lists of a range need not look at all before it.';
COMMENT ON COLUMN longest_recording.is_only IS 'There is one row.';
COMMENT ON COLUMN longest_recording.hours IS 'No recording has lasted this many hours or longer. It never shrinks.';
INSERT INTO longest_recording (hours) SELECT coalesce(max((end_ts - start_ts) / 3600000000), 0) + 1 FROM recordings;

CREATE FUNCTION note_longest_recording() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE longest_recording SET hours = (NEW.end_ts - NEW.start_ts) / 3600000000 + 1
  WHERE hours <= (NEW.end_ts - NEW.start_ts) / 3600000000;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_longest_recording IS 'Keeps longest_recording; called once for each hour that a recording grows.';
CREATE TRIGGER recordings_made AFTER INSERT ON recordings FOR EACH ROW
  WHEN (NEW.end_ts - NEW.start_ts >= 3600000000) EXECUTE FUNCTION note_longest_recording();
CREATE TRIGGER recordings_grown AFTER UPDATE ON recordings FOR EACH ROW
  WHEN ((NEW.end_ts - NEW.start_ts) / 3600000000 > (OLD.end_ts - OLD.start_ts) / 3600000000)
  EXECUTE FUNCTION note_longest_recording();
