-- What it takes to end a relay when one of its nodes is no longer of the cluster, or will never answer again.

ALTER TABLE cascades ADD COLUMN source_url text;
ALTER TABLE cascades ADD COLUMN target_url text;
ALTER TABLE cascades ADD COLUMN peer_session text;
COMMENT ON COLUMN cascades.source_url IS 'Base URL of the source when the relay was made; null in rows older than this column.';
COMMENT ON COLUMN cascades.target_url IS 'Base URL of the target when the relay was made; null in rows older than this column.';
COMMENT ON COLUMN cascades.peer_session IS 'The session at the end that did not make it: the publisher on the target of a push, the viewer on the source of a pull; null where no node said it.';
