-- Nodes that do not say what they record: when their folders were looked for last.

COMMENT ON COLUMN sync_cursors.cursor_ts IS 'Last change that was read (by the clock of the node), or last start of a pulled segment (media time), or, of nodes that list nothing, when all their folders were looked for last (by our clock); microseconds.';
