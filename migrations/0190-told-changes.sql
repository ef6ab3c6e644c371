-- Tables that came beside 0160: their changes are told to all managers on the database, too.

CREATE TRIGGER bookmarks_told AFTER INSERT OR UPDATE OR DELETE ON bookmarks
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER retention_rules_told AFTER INSERT OR UPDATE OR DELETE ON retention_rules
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
-- Begin and end of a run, not each sign of life in between.
CREATE TRIGGER retention_runs_told AFTER INSERT OR DELETE OR UPDATE OF finished_at ON retention_runs
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER alert_mutes_told AFTER INSERT OR UPDATE OR DELETE ON alert_mutes
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
