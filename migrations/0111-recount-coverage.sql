-- Coverage as it follows from the segments alone, to hold the stored one against.

CREATE FUNCTION recount_coverage(of_stream text, of_day int)
RETURNS TABLE (track text, node_alias text, start_ts bigint, end_ts bigint, is_estimated boolean)
LANGUAGE sql STABLE AS $$
  WITH pieces AS (
    SELECT s.track, s.node_alias, greatest(s.start_ts, of_day * 86400000000) AS start_ts,
      least(s.end_ts, (of_day + 1) * 86400000000) AS end_ts,
      s.clock_source NOT IN ('reported', 'file', 'index') AS is_estimated
    FROM segments s
    WHERE s.stream = of_stream AND s.start_ts < (of_day + 1) * 86400000000
      AND s.start_ts >= of_day * 86400000000
        - coalesce((SELECT max(r.longest_us) FROM recorded_streams r WHERE r.stream = of_stream), 0)
      AND s.end_ts > of_day * 86400000000 AND s.end_ts > s.start_ts
  ), marked AS (
    SELECT *, p.start_ts - max(p.end_ts) OVER (PARTITION BY p.track, p.node_alias ORDER BY p.start_ts, p.end_ts
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > 1000000 AS is_first
    FROM pieces p
  ), numbered AS (
    SELECT *, count(*) FILTER (WHERE m.is_first) OVER (PARTITION BY m.track, m.node_alias
      ORDER BY m.start_ts, m.end_ts) AS island
    FROM marked m
  )
  SELECT n.track, n.node_alias, min(n.start_ts), max(n.end_ts), bool_or(n.is_estimated)
  FROM numbered n GROUP BY n.track, n.node_alias, n.island
$$;
COMMENT ON FUNCTION recount_coverage IS 'Counts the coverage of a stream on a UTC day anew: segments at most a second apart make one span.';
