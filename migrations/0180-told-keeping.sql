-- Managers learn at once of bookmarks, rules and removals that another one made.

CREATE TRIGGER bookmarks_told AFTER INSERT OR UPDATE OR DELETE ON bookmarks
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER retention_rules_told AFTER INSERT OR UPDATE OR DELETE ON retention_rules
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
-- Not for every batch that is counted.
CREATE TRIGGER retention_runs_told AFTER INSERT OR UPDATE OF state ON retention_runs
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
