import type { AuditLog } from '../../audit/audit-log.ts';
import type { Clock } from '../../base/clock.ts';
import type { Config } from '../../config/config-schema.ts';
import { ownPublicUrl } from '../../config/normalize-config.ts';
import type { Database } from '../../db/database.ts';
import type { Cluster } from '../../nodes/cluster.ts';
import type { Authentication } from '../authentication.ts';
import { accessHandlers } from './access-handlers.ts';
import { auditHandlers } from './audit-handlers.ts';
import { reportPathHandlers } from './report-path-handlers.ts';

export interface AccessRouteOptions {
  readonly access: Authentication;
  readonly audit: AuditLog;
  readonly cluster: Cluster;
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
}

/** All routes about who may come in and who did what. */
export function accessRouteHandlers({ access, audit, clock, cluster, config, database }: AccessRouteOptions) {
  return {
    ...accessHandlers({
      authenticator: access.authenticator,
      books: access.books,
      tokenMaxSec: config.auth.token_max_seconds,
      nowMs: () => clock.nowMs(),
    }),
    ...auditHandlers(database, () => audit.flush()),
    ...reportPathHandlers({
      reports: access.books.reports,
      isNode: (alias) => cluster.snapshot(alias) !== undefined,
      publicUrl: ownPublicUrl(config),
    }),
  };
}
