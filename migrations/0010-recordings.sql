-- Recordings (one run of a recorder) and their tracks.
-- Recorded time is bigint microseconds since the Unix epoch everywhere.

CREATE TABLE recordings (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  stream      text   NOT NULL CHECK (stream <> ''),
  node_alias  text   NOT NULL,
  dir         text   NOT NULL,
  session_no  int    NOT NULL DEFAULT 0 CHECK (session_no >= 0),
  record      text   NOT NULL DEFAULT '',
  start_ts    bigint NOT NULL,
  end_ts      bigint NOT NULL,
  status      text   NOT NULL DEFAULT 'unknown' CHECK (status IN ('active', 'completed', 'failed', 'unknown')),
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (stream, node_alias, dir, session_no),
  CHECK (start_ts <= end_ts)
);
COMMENT ON TABLE recordings IS 'One run of a recorder: a directory with init files, segments and perhaps a manifest.';
COMMENT ON COLUMN recordings.stream IS 'Stream identifier.';
COMMENT ON COLUMN recordings.node_alias IS 'Which live777 node recorded it.';
COMMENT ON COLUMN recordings.dir IS 'Directory of its objects, relative to the storage root, no slash at the ends.';
COMMENT ON COLUMN recordings.session_no IS 'Counts runs that used the same directory one after another (nodes that restart on one day overwrite files).';
COMMENT ON COLUMN recordings.record IS 'Record id as the node gave it: unix seconds as text; empty where there is none.';
COMMENT ON COLUMN recordings.start_ts IS 'Start of its first known segment, microseconds since the Unix epoch.';
COMMENT ON COLUMN recordings.end_ts IS 'End of its last known segment, microseconds since the Unix epoch.';
COMMENT ON COLUMN recordings.status IS 'active, completed, failed, or unknown where only segments are known.';
COMMENT ON COLUMN recordings.created_at IS 'When the row was stored.';

CREATE TABLE tracks (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  recording_id  uuid NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
  track         text NOT NULL CHECK (track IN ('video', 'audio')),
  init_path     text NOT NULL,
  init_state    text NOT NULL DEFAULT 'pending' CHECK (init_state IN ('pending', 'ok', 'missing', 'bad')),
  zero_ts       bigint,
  clock_source  text CHECK (clock_source IN ('reported', 'arrival', 'file', 'index', 'manifest', 'path')),
  timescale     int CHECK (timescale > 0),
  entry_type    text,
  codec         text,
  width         int,
  height        int,
  channels      int,
  config_hash   text,
  problem       text,
  carry         jsonb,
  analysed_seq  int NOT NULL DEFAULT 0,
  first_seq     int,
  last_seq      int,
  UNIQUE (recording_id, track)
);
COMMENT ON TABLE tracks IS 'One track (video or audio) of a recording, with what its init file says.';
COMMENT ON COLUMN tracks.recording_id IS 'The recording it belongs to.';
COMMENT ON COLUMN tracks.track IS 'video or audio.';
COMMENT ON COLUMN tracks.init_path IS 'Object path of the init segment.';
COMMENT ON COLUMN tracks.init_state IS 'pending: not read yet; missing: not in storage; bad: unreadable.';
COMMENT ON COLUMN tracks.zero_ts IS 'Wall time of tick 0 of the track, microseconds since the Unix epoch; null until known.';
COMMENT ON COLUMN tracks.clock_source IS 'How zero_ts was found.';
COMMENT ON COLUMN tracks.timescale IS 'Ticks per second of the media clock.';
COMMENT ON COLUMN tracks.entry_type IS 'Sample entry of the init file: avc1, hev1, vp09, av01, Opus.';
COMMENT ON COLUMN tracks.codec IS 'RFC 6381 codec string computed from the init file.';
COMMENT ON COLUMN tracks.width IS 'Picture width in pixels.';
COMMENT ON COLUMN tracks.height IS 'Picture height in pixels.';
COMMENT ON COLUMN tracks.channels IS 'Audio channels.';
COMMENT ON COLUMN tracks.config_hash IS 'Hash of the codec configuration: tracks with equal hashes may share one sample description.';
COMMENT ON COLUMN tracks.problem IS 'Why it cannot be decoded, in words; null where it can.';
COMMENT ON COLUMN tracks.carry IS 'State of the sample analysis after segment analysed_seq, to go on from there.';
COMMENT ON COLUMN tracks.analysed_seq IS 'Number of the last segment whose samples were examined, 0 for none.';
COMMENT ON COLUMN tracks.first_seq IS 'Lowest number of its segments; null while it has none.';
COMMENT ON COLUMN tracks.last_seq IS 'Highest number of its segments; a later segment with a lower one belongs to another session.';
