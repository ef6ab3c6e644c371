import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Alert, AlertKind, AlertObjectKind, AlertSeverity } from '../../../src-shared/model/alert.ts';

/** The tables of alerts as kysely sees them; see `Tables`. */
export interface AlertTables {
  alerts: AlertsTable;
  alert_mutes: AlertMutesTable;
  webhook_messages: WebhookMessagesTable;
}

export interface AlertsTable {
  id: string;
  kind: AlertKind;
  object_kind: AlertObjectKind;
  object_name: string;
  severity: AlertSeverity;
  text: string;
  opened_at: Date;
  last_at: Date;
  count: number;
  closed_at: Date | null;
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
  /** Written as text that PostgreSQL parses. */
  details: ColumnType<Record<string, unknown>, string, string>;
  note: Generated<string>;
}

export interface AlertMutesTable {
  id: string;
  kind: AlertKind | null;
  object_kind: AlertObjectKind | null;
  object_name: string | null;
  ends_at: Date | null;
  reason: string;
  created_at: Date;
  created_by: string;
}

export interface WebhookMessagesTable {
  id: string;
  sequence: GeneratedAlways<number>;
  hook: string;
  event: 'opened' | 'reopened' | 'closed';
  /** Written as text that PostgreSQL parses. */
  alert: ColumnType<Alert, string, never>;
  created_at: Date;
}
