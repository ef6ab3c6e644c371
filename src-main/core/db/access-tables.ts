import type { ColumnType, Generated } from 'kysely';
import type { AccountRole } from '../../../src-shared/model/account.ts';
import type { AuditOutcome, CredentialKind } from '../../../src-shared/model/audit-entry.ts';

/** Tables about who may do what, and who did. */
export interface AccessTables {
  audit: AuditTable;
  cluster: ClusterTable;
  accounts: AccountsTable;
  login_sessions: LoginSessionsTable;
  issued_tokens: IssuedTokensTable;
  report_paths: ReportPathsTable;
  login_attempts: LoginAttemptsTable;
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

export interface ClusterTable {
  id: Generated<string>;
  is_only: Generated<boolean>;
}

export interface AccountsTable {
  name: string;
  password_hash: string;
  role: AccountRole;
  streams: string[] | null;
  is_disabled: boolean;
  created_at: Generated<Date>;
  password_changed_at: Generated<Date>;
}

/** What a session was opened with. */
export type SessionKind = 'account' | 'token' | 'jwt' | 'code';

/** What a token allowed when a session was opened with it. */
export interface StoredPrincipal {
  readonly id: string;
  readonly mode: number;
  readonly name: string;
}

export interface LoginSessionsTable {
  id: string;
  value_hash: string;
  kind: SessionKind;
  subject: string;
  proof: string;
  principal: ColumnType<StoredPrincipal, string, never>;
  created_at: Date;
  used_at: Date;
  expires_at: Date;
  address: string | null;
  user_agent: string | null;
  token_id: string | null;
}

export interface IssuedTokensTable {
  id: string;
  label: string;
  account: string | null;
  stream: string;
  mode: number;
  issued_by: string;
  issued_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
  revoked_by: string | null;
  proof: string | null;
}

export interface ReportPathsTable {
  alias: string;
  secret_hash: string;
  created_at: Generated<Date>;
  created_by: string;
}

export interface LoginAttemptsTable {
  key_hash: string;
  count: number;
  last_at: Date;
  until_at: Date;
}
