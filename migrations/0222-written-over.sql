-- How files looked when they were read: a recorder writes over them when its publisher comes back with another codec.
ALTER TABLE tracks ADD COLUMN init_mark text;
COMMENT ON COLUMN tracks.init_mark IS 'Size and modification time of the init file when it was read, as text that changes when the file does; null where it was not listed yet.';
ALTER TABLE segments ADD COLUMN written_ms bigint;
COMMENT ON COLUMN segments.written_ms IS 'Modification time of the object when it was read, milliseconds since the Unix epoch; null until it was seen, and where the storage tells none.';
