import type { Clock } from '../../base/clock.ts';
import type { Config } from '../../config/config-schema.ts';
import { ownPublicUrl } from '../../config/normalize-config.ts';
import type { Database } from '../../db/database.ts';
import type { Cluster } from '../../nodes/cluster.ts';
import type { Access } from '../access.ts';
import { accessHandlers } from './access-handlers.ts';
import { auditHandlers } from './audit-handlers.ts';
import { reportPathHandlers } from './report-path-handlers.ts';
import { systemHandlers } from './system-handlers.ts';

export interface AccessRouteOptions {
  readonly access: Access;
  readonly cluster: Cluster;
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly version: string;
}

/** All routes about health, who may come in and who did what. */
export function accessRouteHandlers(options: AccessRouteOptions) {
  const { access, clock, cluster, config, database, version } = options;
  return {
    ...systemHandlers({
      authenticator: access.authenticator,
      cookie: access.cookie,
      accounts: access.books.accounts,
      notices: access.notices,
      version,
      checkReady: (signal) => database.ping(signal),
    }),
    ...accessHandlers({
      authenticator: access.authenticator,
      cookie: access.cookie,
      books: access.books,
      tokenMaxSec: config.auth.token_max_seconds,
      nowMs: () => clock.nowMs(),
    }),
    ...auditHandlers(database, () => access.audit.flush()),
    ...reportPathHandlers({
      reports: access.books.reports,
      isNode: (alias) => cluster.snapshot(alias) !== undefined,
      publicUrl: ownPublicUrl(config),
    }),
  };
}
