import { AuditLog } from '../audit/audit-log.ts';
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

export async function createAccess(options: AuthenticationOptions & { database: Database }): Promise<Access> {
  const { clock, database, logger } = options;
  const resources = new ResourceStack();
  const audit = resources.use(new AuditLog({ database, clock, logger: logger.child({ part: 'audit' }) }));
  const authentication = await createAuthentication({ ...options, logger: logger.child({ part: 'access' }) });
  resources.use(authentication.upkeep);
  resources.use(authentication.standing);
  return {
    ...authentication,
    audit,
    start: () => audit.start(),
    close: () => resources.close(),
  };
}
