-- How many segments a recording has and how large they are, so that lists of recordings need not count them.
-- Inserts are counted by the statement that also moves the bounds (write-segments.ts), all else by triggers.
ALTER TABLE recordings
  ADD COLUMN segment_count bigint NOT NULL DEFAULT 0,
  ADD COLUMN size_bytes bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN recordings.segment_count IS 'Number of its segments, of both tracks and of every state.';
COMMENT ON COLUMN recordings.size_bytes IS 'Size of their objects, as far as it is known.';

UPDATE recordings r SET segment_count = s.segment_count, size_bytes = s.size_bytes
FROM (SELECT recording_id, count(*) AS segment_count, coalesce(sum(size_bytes), 0) AS size_bytes
  FROM segments GROUP BY recording_id) AS s
WHERE s.recording_id = r.id;

CREATE FUNCTION change_recording_sizes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    UPDATE recordings r SET segment_count = r.segment_count + c.segment_count, size_bytes = r.size_bytes + c.size_bytes
    FROM (
      SELECT recording_id, sum(sign) AS segment_count, coalesce(sum(sign * size_bytes), 0) AS size_bytes
      FROM (
        SELECT 1 AS sign, recording_id, size_bytes FROM added
        UNION ALL
        SELECT -1, recording_id, size_bytes FROM removed
      ) AS both_sides
      GROUP BY recording_id ORDER BY recording_id
    ) AS c
    WHERE r.id = c.recording_id AND (c.segment_count <> 0 OR c.size_bytes <> 0);
  ELSE
    UPDATE recordings r SET segment_count = r.segment_count - c.segment_count, size_bytes = r.size_bytes - c.size_bytes
    FROM (
      SELECT recording_id, count(*) AS segment_count, coalesce(sum(size_bytes), 0) AS size_bytes
      FROM removed GROUP BY recording_id ORDER BY recording_id
    ) AS c
    WHERE r.id = c.recording_id;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION change_recording_sizes IS 'Trigger: counts segments that were changed or deleted.';
CREATE TRIGGER segments_resized AFTER UPDATE ON segments
  REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION change_recording_sizes();
CREATE TRIGGER segments_left AFTER DELETE ON segments
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION change_recording_sizes();
