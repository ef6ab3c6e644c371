-- What a range has lost is asked for with every view of the timeline, and is little.

CREATE INDEX segments_lost ON segments (stream, start_ts) WHERE state IN ('missing', 'bad');
COMMENT ON INDEX segments_lost IS 'Segments whose object is not in storage or cannot be read.';
