-- In which storage a recording was seen, so that nothing of the same path elsewhere is taken for it.
ALTER TABLE recordings ADD COLUMN place text;
COMMENT ON COLUMN recordings.place IS 'The storage in which its files were found: the absolute path of a folder, or s3://bucket/prefix; null where none was looked into, as of reports.';
