-- Lists and look-ups that went through all rows of their table, however few they show.

-- Alerts that are over, newest first: all, of a kind, of an object. Open ones are few.
CREATE INDEX alerts_closed ON alerts (opened_at DESC, id) WHERE closed_at IS NOT NULL;
CREATE INDEX alerts_closed_kind ON alerts (kind, opened_at DESC, id) WHERE closed_at IS NOT NULL;
CREATE INDEX alerts_closed_object ON alerts (object_kind, object_name, opened_at DESC, id) WHERE closed_at IS NOT NULL;
-- For what was wrong while something was not recorded. A clock that is set back may end an alert before it began.
CREATE INDEX alerts_time ON alerts USING gist (
  tstzrange(opened_at, CASE WHEN closed_at IS NOT NULL THEN greatest(opened_at, closed_at) END, '[]'));

-- Bookmarks of all streams, oldest first, and those at a time.
CREATE INDEX bookmarks_start ON bookmarks (start_ts, id);
CREATE INDEX bookmarks_time ON bookmarks USING gist (int8range(start_ts, end_ts, '[]'));

-- Findings page by page: of all kinds, and of one stream. Those that are open of one kind have an index already.
CREATE INDEX integrity_findings_open_page ON integrity_findings (id) WHERE resolved_at IS NULL;
CREATE INDEX integrity_findings_open_stream ON integrity_findings (stream, id) WHERE resolved_at IS NULL;
CREATE INDEX integrity_findings_resolved_page ON integrity_findings (id) WHERE resolved_at IS NOT NULL;
CREATE INDEX integrity_findings_resolved_kind ON integrity_findings (kind, id) WHERE resolved_at IS NOT NULL;
CREATE INDEX integrity_findings_resolved_stream ON integrity_findings (stream, id) WHERE resolved_at IS NOT NULL;

-- Asked for each stream before anything of it is removed.
CREATE INDEX exports_unfinished ON exports (stream, start_ts) WHERE state IN ('waiting', 'running', 'checking');
