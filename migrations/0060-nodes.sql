-- Nodes that were added in the window; those of liveman.toml are not here.

CREATE TABLE nodes (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  alias      text    NOT NULL UNIQUE CHECK (alias <> ''),
  url        text    NOT NULL CHECK (url ~ '^https?://' AND url !~ '/$'),
  mode       text    NOT NULL DEFAULT 'poll' CHECK (mode IN ('poll', 'sse')),
  site       text    NOT NULL DEFAULT '',
  has_token  boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE nodes IS 'Nodes added in the window.';
COMMENT ON COLUMN nodes.id IS 'Names the token of the node in the secret store: node-token/<id>.';
COMMENT ON COLUMN nodes.alias IS 'Unique name of the node.';
COMMENT ON COLUMN nodes.url IS 'Its base URL, without credentials and without slash at the end.';
COMMENT ON COLUMN nodes.mode IS 'poll: its state is asked for; sse: it is followed by server-sent events.';
COMMENT ON COLUMN nodes.site IS 'Where it stands, as the operator wrote it; may be empty.';
COMMENT ON COLUMN nodes.has_token IS 'Whether it wants a token. The token itself is in the secret store, never here.';
COMMENT ON COLUMN nodes.updated_at IS 'When it was added or edited last.';
