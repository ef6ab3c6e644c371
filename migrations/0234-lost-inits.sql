-- Views of the timeline ask which tracks of a range nothing decodes; that is few.

CREATE INDEX tracks_lost ON tracks (recording_id) WHERE init_state IN ('missing', 'bad');
COMMENT ON INDEX tracks_lost IS 'Tracks whose init file is not in storage or cannot be read.';
