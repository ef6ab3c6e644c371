-- What was recorded per stream, day, node and track. Kept by triggers in the transaction that changes the segments,
-- so that no way of writing them can forget it.

CREATE TABLE day_totals (
  stream        text   NOT NULL,
  day           int    NOT NULL,
  node_alias    text   NOT NULL,
  track         text   NOT NULL CHECK (track IN ('video', 'audio')),
  segment_count bigint NOT NULL,
  size_bytes    bigint NOT NULL,
  duration_us   bigint NOT NULL,
  PRIMARY KEY (stream, day, node_alias, track)
) WITH (fillfactor = 70);
COMMENT ON TABLE day_totals IS 'What was recorded per stream, UTC day, node and track; equal to recount_day_totals.';
COMMENT ON COLUMN day_totals.stream IS 'Stream identifier.';
COMMENT ON COLUMN day_totals.day IS 'UTC day, counted from 1970-01-01, on which the segments start.';
COMMENT ON COLUMN day_totals.node_alias IS 'Which live777 node recorded it.';
COMMENT ON COLUMN day_totals.track IS 'video or audio.';
COMMENT ON COLUMN day_totals.segment_count IS 'Number of segments, of every state.';
COMMENT ON COLUMN day_totals.size_bytes IS 'Size of their objects, as far as it is known.';
COMMENT ON COLUMN day_totals.duration_us IS 'Sum of their durations in microseconds; those that cross midnight count where they start.';

-- For the sizes of a span of days over all streams.
CREATE INDEX day_totals_day ON day_totals (day);

CREATE FUNCTION recount_day_totals(of_stream text, from_day int, to_day int)
RETURNS TABLE (day int, node_alias text, track text, segment_count bigint, size_bytes bigint, duration_us bigint)
LANGUAGE sql STABLE AS $$
  SELECT (s.start_ts / 86400000000)::int, s.node_alias, s.track, count(*),
    coalesce(sum(s.size_bytes), 0)::bigint, sum(s.end_ts - s.start_ts)::bigint
  FROM segments s
  WHERE s.stream = of_stream AND s.start_ts >= from_day * 86400000000 AND s.start_ts < (to_day + 1) * 86400000000
  GROUP BY 1, 2, 3
$$;
COMMENT ON FUNCTION recount_day_totals IS 'Counts the totals of a stream anew for days from_day to to_day (inclusive).';

CREATE FUNCTION add_to_day_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO day_totals AS t (stream, day, node_alias, track, segment_count, size_bytes, duration_us)
  SELECT stream, (start_ts / 86400000000)::int, node_alias, track, count(*),
    coalesce(sum(size_bytes), 0), sum(end_ts - start_ts)
  FROM added GROUP BY 1, 2, 3, 4
  -- In one order, so that two transactions cannot wait for each other.
  ORDER BY 1, 2, 3, 4
  ON CONFLICT (stream, day, node_alias, track) DO UPDATE SET
    segment_count = t.segment_count + excluded.segment_count,
    size_bytes = t.size_bytes + excluded.size_bytes,
    duration_us = t.duration_us + excluded.duration_us;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION add_to_day_totals IS 'Trigger: counts segments that were inserted.';

CREATE FUNCTION change_day_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    WITH change AS (
      SELECT stream, (start_ts / 86400000000)::int AS day, node_alias, track,
        sum(sign) AS segment_count, coalesce(sum(sign * size_bytes), 0) AS size_bytes,
        sum(sign * (end_ts - start_ts)) AS duration_us
      FROM (
        SELECT 1 AS sign, stream, start_ts, end_ts, node_alias, track, size_bytes FROM added
        UNION ALL
        SELECT -1, stream, start_ts, end_ts, node_alias, track, size_bytes FROM removed
      ) AS both_sides
      GROUP BY 1, 2, 3, 4
    )
    INSERT INTO day_totals AS t (stream, day, node_alias, track, segment_count, size_bytes, duration_us)
    SELECT * FROM change
    WHERE segment_count <> 0 OR size_bytes <> 0 OR duration_us <> 0
    ORDER BY stream, day, node_alias, track
    ON CONFLICT (stream, day, node_alias, track) DO UPDATE SET
      segment_count = t.segment_count + excluded.segment_count,
      size_bytes = t.size_bytes + excluded.size_bytes,
      duration_us = t.duration_us + excluded.duration_us;
  ELSE
    INSERT INTO day_totals AS t (stream, day, node_alias, track, segment_count, size_bytes, duration_us)
    SELECT stream, (start_ts / 86400000000)::int, node_alias, track, -count(*),
      -coalesce(sum(size_bytes), 0), -sum(end_ts - start_ts)
    FROM removed GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (stream, day, node_alias, track) DO UPDATE SET
      segment_count = t.segment_count + excluded.segment_count,
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
COMMENT ON FUNCTION change_day_totals IS 'Trigger: counts segments that were changed or deleted.';

-- On the whole table only: what moves rows between partitions names those, and changes no totals.
CREATE TRIGGER segments_added AFTER INSERT ON segments
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_to_day_totals();
CREATE TRIGGER segments_changed AFTER UPDATE ON segments
  REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION change_day_totals();
CREATE TRIGGER segments_removed AFTER DELETE ON segments
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION change_day_totals();

INSERT INTO day_totals (stream, day, node_alias, track, segment_count, size_bytes, duration_us)
SELECT stream, (start_ts / 86400000000)::int, node_alias, track, count(*),
  coalesce(sum(size_bytes), 0), sum(end_ts - start_ts)
FROM segments GROUP BY 1, 2, 3, 4;
