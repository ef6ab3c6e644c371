-- What webhooks are still to be told, so that it outlives the manager that raised it.

CREATE TABLE webhook_messages (
  id         uuid PRIMARY KEY,
  sequence   bigint GENERATED ALWAYS AS IDENTITY,
  hook       text   NOT NULL,
  event      text   NOT NULL CHECK (event IN ('opened', 'reopened', 'closed')),
  alert      jsonb  NOT NULL,
  created_at timestamptz NOT NULL
);
COMMENT ON TABLE webhook_messages IS 'Alerts that webhooks have not taken yet: written with the alert, deleted once taken or given up.';
COMMENT ON COLUMN webhook_messages.id IS 'Sent along: the same with each try, so that receivers can drop repeats.';
COMMENT ON COLUMN webhook_messages.sequence IS 'Order in which they are sent to one webhook.';
COMMENT ON COLUMN webhook_messages.hook IS 'Which webhook: a slow hash (scrypt) of its URL, which may hold secrets.';
COMMENT ON COLUMN webhook_messages.event IS 'What happened to the alert.';
COMMENT ON COLUMN webhook_messages.alert IS 'The alert as it was then, as the API has it.';
COMMENT ON COLUMN webhook_messages.created_at IS 'When it happened.';
CREATE INDEX webhook_messages_order ON webhook_messages (hook, sequence);
-- Who raises alerts sends what others leave to it.
CREATE TRIGGER webhook_messages_told AFTER INSERT ON webhook_messages
  FOR EACH ROW EXECUTE FUNCTION tell_change('id');
