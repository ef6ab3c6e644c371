-- Which node a WHIP or WHEP session is on, so that it can be steered and ended after a restart of the manager.

CREATE TABLE session_routes (
  stream     text NOT NULL,
  session    text NOT NULL,
  node_alias text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (stream, session)
);
CREATE INDEX session_routes_expiry ON session_routes (expires_at);
COMMENT ON TABLE session_routes IS 'Sessions made through this program. What nodes list counts more; this fills the time until they do.';
COMMENT ON COLUMN session_routes.stream IS 'Decoded stream name.';
COMMENT ON COLUMN session_routes.session IS 'The id that the node gave the session.';
COMMENT ON COLUMN session_routes.node_alias IS 'Alias of the node; it may be unknown by now.';
COMMENT ON COLUMN session_routes.expires_at IS 'When the row may be deleted.';
