import { AuditBacklog } from '../audit/audit-backlog.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { createAccountMemo } from '../auth/account-memo.ts';
import { createTokenMemo } from '../auth/token-memo.ts';
import { ResourceStack } from '../base/lifecycle.ts';
import type { Database } from '../db/database.ts';
import { type Authentication, type AuthenticationOptions, createAuthentication } from './authentication.ts';

/** Who callers are, and what is kept of what they do. */
export interface Access extends Authentication {
  readonly audit: AuditLog;
  /** Begins to write the audit log; `upkeep` is for one manager of the database. */
  start(): void;
  close(): Promise<void>;
}

export interface AccessOptions extends Omit<AuthenticationOptions, 'accountMemo' | 'tokenMemo'> {
  readonly database: Database;
  readonly dataDir: string;
}

export async function createAccess(options: AccessOptions): Promise<Access> {
  const { clock, database, dataDir, logger } = options;
  const resources = new ResourceStack();
  const audit = resources.use(
    new AuditLog({
      database,
      backlog: new AuditBacklog(dataDir),
      clock,
      logger: logger.child({ part: 'audit' }),
    }),
  );
  const authentication = await createAuthentication({
    ...options,
    accountMemo: createAccountMemo(dataDir, logger),
    tokenMemo: createTokenMemo(dataDir, logger),
    logger: logger.child({ part: 'access' }),
  });
  resources.use(authentication.upkeep);
  resources.use(authentication.standing);
  return {
    ...authentication,
    get notices() {
      return authentication.notices;
    },
    audit,
    start: () => audit.start(),
    close: () => resources.close(),
  };
}
