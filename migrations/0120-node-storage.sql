-- Which of several storages a node records to.

ALTER TABLE nodes ADD COLUMN storage text NOT NULL DEFAULT '';
COMMENT ON COLUMN nodes.storage IS 'Name of the storage it records to, as in liveman.toml; empty: the default one.';
