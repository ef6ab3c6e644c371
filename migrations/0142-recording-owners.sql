-- Whose recordings lie in a folder: asked before an object is handed to somebody who may not see all streams.
CREATE INDEX recordings_dir ON recordings (dir);
