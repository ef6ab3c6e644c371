-- Checks that nobody asks for, in parts where one takes longer than it may.

ALTER TABLE integrity_runs
  ADD COLUMN is_scheduled boolean NOT NULL DEFAULT false,
  ADD COLUMN pause jsonb,
  DROP CONSTRAINT integrity_runs_state_check,
  ADD CONSTRAINT integrity_runs_state_check CHECK (state IN ('running', 'paused', 'done', 'cancelled', 'failed'));
COMMENT ON COLUMN integrity_runs.is_scheduled IS 'Whether it began because it was time for one.';
COMMENT ON COLUMN integrity_runs.pause IS 'Where a paused run goes on, and what it could not look at (CheckPause of integrity-tables.ts); null otherwise.';

-- How far a check is, about once a second, for the windows of all managers.
CREATE TRIGGER integrity_runs_told AFTER INSERT OR UPDATE OR DELETE ON integrity_runs
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
