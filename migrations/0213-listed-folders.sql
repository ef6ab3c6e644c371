-- For what nodes say of a folder that is found in a storage.
CREATE INDEX node_recordings_listed ON node_recordings (dir);
