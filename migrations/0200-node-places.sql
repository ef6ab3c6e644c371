-- Where nodes record and have recorded, so that one object is one row, whichever node it is indexed under.

CREATE TABLE node_places (
  node_alias text    NOT NULL CHECK (node_alias <> ''),
  place      text    NOT NULL,
  is_told    boolean NOT NULL,
  noted_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (node_alias, place)
);
COMMENT ON TABLE node_places IS 'Storages in which recordings of a node were seen; a node that moved to another storage keeps the earlier ones.';
COMMENT ON COLUMN node_places.node_alias IS 'The node, or the name under which a storage was indexed of which nothing tells the node.';
COMMENT ON COLUMN node_places.place IS 'The storage: the absolute path of a folder, or s3://bucket/prefix; empty where it is not known.';
COMMENT ON COLUMN node_places.is_told IS 'Whether the node itself said so (it reported, listed, or wrote an index); otherwise the name is a guess, and its recordings go to the node that claims them.';
COMMENT ON COLUMN node_places.noted_at IS 'When it was seen first.';

INSERT INTO node_places (node_alias, place, is_told)
SELECT DISTINCT node_alias, '', node_alias NOT IN ('storage', 'unknown') FROM recorded_streams WHERE node_alias <> '';
