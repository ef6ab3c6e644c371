-- One login is a session and, for who may do everything, a JWT for nodes: they end together.
ALTER TABLE login_sessions ADD COLUMN token_id text;
COMMENT ON COLUMN login_sessions.token_id IS 'Claim jti of the JWT that was given with this session (issued_tokens.id), which ends with it; null: none was.';
CREATE INDEX login_sessions_token ON login_sessions (token_id) WHERE token_id IS NOT NULL;

-- What ends somebody's access is told to all managers on the database, which keep it in memory for some seconds.
CREATE TRIGGER accounts_told AFTER INSERT OR UPDATE OR DELETE ON accounts
  FOR EACH ROW EXECUTE FUNCTION tell_change('name');
CREATE TRIGGER login_sessions_told AFTER DELETE ON login_sessions
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER issued_tokens_told AFTER UPDATE OF revoked_at ON issued_tokens
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
CREATE TRIGGER report_paths_told AFTER INSERT OR UPDATE OR DELETE ON report_paths
  FOR EACH ROW EXECUTE FUNCTION tell_change('alias');
