import type { ColumnType } from 'kysely';
import type { AuditOutcome, CredentialKind } from '../../../src-shared/model/audit-entry.ts';

/** Tables about who may do what, and who did. */
export interface AccessTables {
  audit: AuditTable;
}

export interface AuditTable {
  id: string;
  at: Date;
  last_at: Date;
  count: number;
  who: string;
  credential: CredentialKind;
  session: string | null;
  action: string;
  object: string;
  outcome: AuditOutcome;
  status: number | null;
  address: string | null;
  user_agent: string | null;
  details: ColumnType<Record<string, unknown>, string, string>;
}
