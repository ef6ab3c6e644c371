-- Segments (one media file of one track), partitioned by time, and coverage, kept in the same transaction.

CREATE TABLE segments (
  id             uuid    NOT NULL,
  node_alias     text    NOT NULL,
  stream         text    NOT NULL CHECK (stream <> ''),
  start_ts       bigint  NOT NULL,
  end_ts         bigint  NOT NULL,
  duration_ms    int     NOT NULL CHECK (duration_ms >= 0),
  path           text    NOT NULL,
  is_keyframe    boolean NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  track          text    NOT NULL CHECK (track IN ('video', 'audio')),
  recording_id   uuid    NOT NULL,
  track_id       uuid    NOT NULL,
  seq            int     NOT NULL,
  media_start_us bigint,
  size_bytes     bigint,
  clock_source   text    NOT NULL CHECK (clock_source IN ('reported', 'arrival', 'file', 'index', 'manifest', 'path')),
  state          text    NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'ok', 'missing', 'bad')),
  analysis       jsonb,
  problem        text,
  -- The key begins with the stream, so that rows of one stream lie together and the table can be distributed by it.
  -- id is derived from what a node reported (see segment-id.ts), which makes repeats land on the same key.
  PRIMARY KEY (stream, start_ts, id),
  CHECK (start_ts <= end_ts)
) PARTITION BY RANGE (start_ts);
COMMENT ON TABLE segments IS 'One media file of one track. Partitioned by week of start_ts.';
COMMENT ON COLUMN segments.id IS 'Unique identifier; derived from node, stream, path and reported start, so repeats have the same.';
COMMENT ON COLUMN segments.node_alias IS 'Which live777 node recorded it.';
COMMENT ON COLUMN segments.stream IS 'Stream identifier.';
COMMENT ON COLUMN segments.start_ts IS 'Start, microseconds since the Unix epoch.';
COMMENT ON COLUMN segments.end_ts IS 'End (exclusive), microseconds since the Unix epoch.';
COMMENT ON COLUMN segments.duration_ms IS 'Duration in milliseconds.';
COMMENT ON COLUMN segments.path IS 'Storage path of the media file, relative to the storage root.';
COMMENT ON COLUMN segments.is_keyframe IS 'Whether the segment starts with a key frame.';
COMMENT ON COLUMN segments.created_at IS 'When the metadata was stored.';
COMMENT ON COLUMN segments.track IS 'video or audio.';
COMMENT ON COLUMN segments.recording_id IS 'The recording it belongs to.';
COMMENT ON COLUMN segments.track_id IS 'The track it belongs to.';
COMMENT ON COLUMN segments.seq IS 'Number in the file name; 0 where the name has none.';
COMMENT ON COLUMN segments.media_start_us IS 'Start on the media clock as reported by nodes that know no wall clock; null otherwise.';
COMMENT ON COLUMN segments.size_bytes IS 'Size of the stored object; null until it was seen.';
COMMENT ON COLUMN segments.clock_source IS 'How start_ts was found.';
COMMENT ON COLUMN segments.state IS 'pending: not examined yet; ok; missing: not in storage; bad: unreadable.';
COMMENT ON COLUMN segments.analysis IS 'Outcome of the sample analysis (src-main/core/media/repair.ts): true times, samples to leave out.';
COMMENT ON COLUMN segments.problem IS 'What is wrong with the object, in words.';

-- For playlists and clips: the segments of one track in file order, and for finding repeats.
CREATE INDEX segments_track ON segments (track_id, seq);
-- For the analyser: what has not been examined.
CREATE INDEX segments_pending ON segments (track_id, seq) WHERE state = 'pending';

-- Times that no sane clock gives end here and not in partitions of their own.
CREATE TABLE segments_other PARTITION OF segments DEFAULT;
COMMENT ON TABLE segments_other IS 'Segments whose time lies outside the weeks that have a partition.';

CREATE FUNCTION ensure_segment_partition(week bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  week_us CONSTANT bigint := 604800000000;
  name text := 'segments_w' || week;
BEGIN
  IF to_regclass(name) IS NOT NULL THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('segments_partition'));
  -- A query, not to_regclass: that may still remember from before the lock that the table was not there.
  IF EXISTS (SELECT FROM pg_class WHERE relname = name AND relnamespace = current_schema()::regnamespace) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE segments INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)', name);
  EXECUTE format('ALTER TABLE %I ADD CHECK (start_ts >= %s AND start_ts < %s)', name, week * week_us, (week + 1) * week_us);
  -- Rows of a week that was too far ahead when they came; attaching fails while the default partition holds them.
  EXECUTE format(
    'WITH moved AS (DELETE FROM segments_other WHERE start_ts >= %s AND start_ts < %s RETURNING *) INSERT INTO %I SELECT * FROM moved',
    week * week_us, (week + 1) * week_us, name);
  EXECUTE format('ALTER TABLE segments ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, week * week_us, (week + 1) * week_us);
END
$$;
COMMENT ON FUNCTION ensure_segment_partition IS 'Makes the partition of a week (counted from the Unix epoch) if it is not there. Call it outside of transactions that have read segments: attaching waits for them.';

CREATE TABLE coverage (
  stream       text    NOT NULL,
  track        text    NOT NULL CHECK (track IN ('video', 'audio')),
  node_alias   text    NOT NULL,
  start_ts     bigint  NOT NULL,
  end_ts       bigint  NOT NULL,
  is_estimated boolean NOT NULL,
  -- Serves every read of the timeline: streams, a range, oldest first.
  PRIMARY KEY (stream, track, start_ts, node_alias),
  CHECK (start_ts < end_ts),
  -- No span crosses midnight UTC. So the spans that touch a range all start less than a day before it, and the
  -- key alone finds them.
  CHECK (start_ts / 86400000000 = (end_ts - 1) / 86400000000)
);
COMMENT ON TABLE coverage IS 'Merged spans of recorded time per stream, node and track; the timeline reads only this.';
COMMENT ON COLUMN coverage.stream IS 'Stream identifier.';
COMMENT ON COLUMN coverage.track IS 'video or audio.';
COMMENT ON COLUMN coverage.node_alias IS 'Which live777 node recorded it.';
COMMENT ON COLUMN coverage.start_ts IS 'Start, microseconds since the Unix epoch.';
COMMENT ON COLUMN coverage.end_ts IS 'End (exclusive), microseconds since the Unix epoch.';
COMMENT ON COLUMN coverage.is_estimated IS 'Whether a segment in it has an estimated time.';

CREATE TABLE recorded_streams (
  stream     text   NOT NULL,
  node_alias text   NOT NULL,
  track      text   NOT NULL CHECK (track IN ('video', 'audio')),
  start_ts   bigint NOT NULL,
  end_ts     bigint NOT NULL,
  longest_us bigint NOT NULL,
  PRIMARY KEY (stream, node_alias, track)
);
COMMENT ON TABLE recorded_streams IS 'First and last recorded instant per stream, node and track; kept with coverage so that lists need no scan.';
COMMENT ON COLUMN recorded_streams.stream IS 'Stream identifier.';
COMMENT ON COLUMN recorded_streams.node_alias IS 'Which live777 node recorded it.';
COMMENT ON COLUMN recorded_streams.track IS 'video or audio.';
COMMENT ON COLUMN recorded_streams.start_ts IS 'Start of its oldest segment, microseconds since the Unix epoch.';
COMMENT ON COLUMN recorded_streams.end_ts IS 'End of its newest segment, microseconds since the Unix epoch.';
COMMENT ON COLUMN recorded_streams.longest_us IS 'No segment of it lasts longer: those that touch a range start at most this long before it.';
