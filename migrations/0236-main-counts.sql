-- How many segments of a day a timeline shows, so that counting and turning pages go through the sound of no recording.

ALTER TABLE day_totals ADD COLUMN main_count bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN day_totals.main_count IS 'Number of segments of main tracks: all pictures, and sound of recordings without pictures.';

UPDATE day_totals SET main_count = segment_count WHERE track = 'video';
UPDATE day_totals t SET main_count = c.main_count
FROM (
  SELECT s.stream, (s.start_ts / 86400000000)::int AS day, s.node_alias, count(*) AS main_count
  FROM tracks a
  JOIN segments s ON s.track_id = a.id
  WHERE a.track = 'audio' AND NOT EXISTS (
    SELECT FROM tracks v WHERE v.recording_id = a.recording_id AND v.track = 'video')
  GROUP BY 1, 2, 3
) AS c
WHERE t.stream = c.stream AND t.day = c.day AND t.node_alias = c.node_alias AND t.track = 'audio';

DROP FUNCTION recount_day_totals;
CREATE FUNCTION recount_day_totals(of_stream text, from_day int, to_day int)
RETURNS TABLE (day int, node_alias text, track text, segment_count bigint, main_count bigint, size_bytes bigint,
  duration_us bigint)
LANGUAGE sql STABLE AS $$
  SELECT (s.start_ts / 86400000000)::int, s.node_alias, s.track, count(*),
    count(*) FILTER (WHERE s.track = 'video' OR (
      SELECT t.id FROM tracks t WHERE t.recording_id = s.recording_id AND t.track = 'video' LIMIT 1) IS NULL),
    coalesce(sum(s.size_bytes), 0)::bigint, sum(s.end_ts - s.start_ts)::bigint
  FROM segments s
  WHERE s.stream = of_stream AND s.start_ts >= from_day * 86400000000 AND s.start_ts < (to_day + 1) * 86400000000
  GROUP BY 1, 2, 3
$$;
COMMENT ON FUNCTION recount_day_totals IS 'Counts the totals of a stream anew for days from_day to to_day (inclusive).';

CREATE OR REPLACE FUNCTION add_to_day_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO day_totals AS t (stream, day, node_alias, track, segment_count, main_count, size_bytes, duration_us)
  SELECT stream, (start_ts / 86400000000)::int, node_alias, track, count(*),
    count(*) FILTER (WHERE track = 'video' OR (
      SELECT v.id FROM tracks v WHERE v.recording_id = added.recording_id AND v.track = 'video' LIMIT 1) IS NULL),
    coalesce(sum(size_bytes), 0), sum(end_ts - start_ts)
  FROM added GROUP BY 1, 2, 3, 4
  -- In one order, so that two transactions cannot wait for each other.
  ORDER BY 1, 2, 3, 4
  ON CONFLICT (stream, day, node_alias, track) DO UPDATE SET
    segment_count = t.segment_count + excluded.segment_count,
    main_count = t.main_count + excluded.main_count,
    size_bytes = t.size_bytes + excluded.size_bytes,
    duration_us = t.duration_us + excluded.duration_us;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION change_day_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    WITH change AS (
      SELECT stream, (start_ts / 86400000000)::int AS day, node_alias, track,
        sum(sign) AS segment_count,
        coalesce(sum(sign) FILTER (WHERE track = 'video' OR (
          SELECT v.id FROM tracks v WHERE v.recording_id = both_sides.recording_id AND v.track = 'video' LIMIT 1)
          IS NULL), 0) AS main_count,
        coalesce(sum(sign * size_bytes), 0) AS size_bytes, sum(sign * (end_ts - start_ts)) AS duration_us
      FROM (
        SELECT 1 AS sign, stream, start_ts, end_ts, node_alias, track, recording_id, size_bytes FROM added
        UNION ALL
        SELECT -1, stream, start_ts, end_ts, node_alias, track, recording_id, size_bytes FROM removed
      ) AS both_sides
      GROUP BY 1, 2, 3, 4
    )
    INSERT INTO day_totals AS t (stream, day, node_alias, track, segment_count, main_count, size_bytes, duration_us)
    SELECT * FROM change
    WHERE segment_count <> 0 OR main_count <> 0 OR size_bytes <> 0 OR duration_us <> 0
    ORDER BY stream, day, node_alias, track
    ON CONFLICT (stream, day, node_alias, track) DO UPDATE SET
      segment_count = t.segment_count + excluded.segment_count,
      main_count = t.main_count + excluded.main_count,
      size_bytes = t.size_bytes + excluded.size_bytes,
      duration_us = t.duration_us + excluded.duration_us;
  ELSE
    INSERT INTO day_totals AS t (stream, day, node_alias, track, segment_count, main_count, size_bytes, duration_us)
    SELECT stream, (start_ts / 86400000000)::int, node_alias, track, -count(*),
      -count(*) FILTER (WHERE track = 'video' OR (
        SELECT v.id FROM tracks v WHERE v.recording_id = removed.recording_id AND v.track = 'video' LIMIT 1) IS NULL),
      -coalesce(sum(size_bytes), 0), -sum(end_ts - start_ts)
    FROM removed GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (stream, day, node_alias, track) DO UPDATE SET
      segment_count = t.segment_count + excluded.segment_count,
      main_count = t.main_count + excluded.main_count,
      size_bytes = t.size_bytes + excluded.size_bytes,
      duration_us = t.duration_us + excluded.duration_us;
  END IF;
  DELETE FROM day_totals t
  USING (SELECT DISTINCT stream, (start_ts / 86400000000)::int AS day, node_alias, track FROM removed) AS touched
  WHERE t.stream = touched.stream AND t.day = touched.day AND t.node_alias = touched.node_alias
    AND t.track = touched.track AND t.segment_count = 0;
  RETURN NULL;
END
$$;

CREATE FUNCTION put_sound_behind_pictures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE day_totals t SET main_count = t.main_count - c.main_count
  FROM (
    SELECT s.stream, (s.start_ts / 86400000000)::int AS day, s.node_alias, count(*) AS main_count
    FROM added v
    JOIN recordings r ON r.id = v.recording_id
    JOIN tracks a ON a.recording_id = v.recording_id AND a.track = 'audio'
    JOIN segments s ON s.track_id = a.id AND s.stream = r.stream AND s.start_ts BETWEEN r.start_ts AND r.end_ts
    WHERE v.track = 'video'
    GROUP BY 1, 2, 3
  ) AS c
  WHERE t.stream = c.stream AND t.day = c.day AND t.node_alias = c.node_alias AND t.track = 'audio';
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION put_sound_behind_pictures IS 'Trigger: sound of a recording is its main track no longer once it has pictures. Recordings lose their tracks only when they have no segments.';
CREATE TRIGGER tracks_added AFTER INSERT ON tracks
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION put_sound_behind_pictures();
