-- Places on nodes that managers have taken for sessions no node lists yet, so that several managers of one database do
-- not together put more viewers on a node than it has room for. Worth nothing after a crash: not logged.

CREATE UNLOGGED TABLE session_places (
  id         uuid PRIMARY KEY,
  placed_by  uuid NOT NULL,
  stream     text NOT NULL,
  node_alias text NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('publish', 'play')),
  session    text,
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_places_stream ON session_places (stream);
CREATE INDEX session_places_expiry ON session_places (expires_at);
COMMENT ON TABLE session_places IS 'Sessions on their way: asked for, or made and perhaps not listed by their node so far. Written only while several managers use the database.';
COMMENT ON COLUMN session_places.id IS 'Made by the manager that took the place.';
COMMENT ON COLUMN session_places.placed_by IS 'The run of the manager that took the place; it counts its own from memory.';
COMMENT ON COLUMN session_places.stream IS 'Decoded stream name.';
COMMENT ON COLUMN session_places.node_alias IS 'Alias of the node.';
COMMENT ON COLUMN session_places.kind IS 'publish: a source; play: a viewer.';
COMMENT ON COLUMN session_places.session IS 'The id that the node gave the session; null while it has not answered.';
COMMENT ON COLUMN session_places.expires_at IS 'From then on the place does not count, by the clock of the database.';
