import { MS_PER_DAY, MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import { deleteAuditRows } from '../audit/audit-queries.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { deleteOldAttempts } from './attempt-queries.ts';
import { deleteEndedSessions } from './session-queries.ts';
import { deleteExpiredTokens } from './token-queries.ts';

export interface AccessUpkeepOptions {
  readonly database: Database | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sessions end after this time without use. */
  readonly idleMs: number;
  /** 0: audit entries are kept for ever. */
  readonly auditKeepDays: number;
}

const EVERY_MS = 60 * MS_PER_MINUTE;
const FIRST_AFTER_MS = MS_PER_MINUTE;
const BATCH_ROWS = 5000;
/** Issued tokens stay in the table some time, so that an old entry of the audit log can be understood. */
const TOKENS_KEPT_MS = 90 * MS_PER_DAY;

/** Deletes old audit entries, ended sessions and expired tokens, once an hour. Harmless where several managers do it. */
export class AccessUpkeep implements Closeable {
  #stop: AbortController | undefined;
  #loop: Promise<void> | undefined;

  constructor(private readonly options: AccessUpkeepOptions) {}

  /** May be called again after `close`. */
  start(): void {
    if (this.#stop || !this.options.database) return;
    this.#stop = new AbortController();
    this.#loop = this.#run(this.options.database, this.#stop.signal);
  }

  async close(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    await this.#loop;
  }

  /** One round; resolves to the number of audit entries deleted. */
  async runOnce(database: Database, signal?: AbortSignal): Promise<number> {
    const { auditKeepDays, clock, idleMs } = this.options;
    const nowMs = clock.nowMs();
    await deleteOldAttempts(database);
    await deleteEndedSessions(database, new Date(nowMs), idleMs);
    await deleteExpiredTokens(database, new Date(nowMs - TOKENS_KEPT_MS));
    if (auditKeepDays === 0) return 0;
    const before = new Date(nowMs - auditKeepDays * MS_PER_DAY);
    let deletedCount = 0;
    while (!signal?.aborted) {
      const count = await deleteAuditRows(database, before, BATCH_ROWS);
      deletedCount += count;
      if (count < BATCH_ROWS) break;
    }
    return deletedCount;
  }

  async #run(database: Database, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.options;
    await clock.sleep(FIRST_AFTER_MS, signal);
    while (!signal.aborted) {
      try {
        const count = await this.runOnce(database, signal);
        if (count > 0) logger.info({ count }, 'Old audit entries were deleted');
      } catch (error) {
        logger.debug({ reason: errorMessage(error) }, 'Old audit entries and sessions are deleted later');
      }
      await clock.sleep(EVERY_MS, signal);
    }
  }
}
