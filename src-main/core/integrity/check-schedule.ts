import { MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { errorCode, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { type CheckSchedule, nextCheckMs } from './check-due.ts';
import type { IntegrityService } from './integrity-service.ts';
import { readHistory } from './run-table.ts';

/** A manager that has just started has more urgent work. */
const FIRST_AFTER_MS = 5 * MS_PER_MINUTE;
/** How soon a change of the history, or of the clock, is seen. */
const LOOK_MS = MS_PER_MINUTE;
export interface CheckScheduleOptions {
  readonly config: CheckSchedule;
  readonly database: Database;
  readonly integrity: Pick<IntegrityService, 'start' | 'cancel' | 'finished'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Checks the index when it is due, as long as it may take each night. For one manager of the database. */
export async function runSchedule(options: CheckScheduleOptions, signal: AbortSignal): Promise<void> {
  const { clock, config, database, integrity, logger } = options;
  if (config.every_days === 0) return;
  await clock.sleep(FIRST_AFTER_MS, signal);
  while (!signal.aborted) {
    const dueMs = nextCheckMs(config, await readHistory(database), clock.nowMs());
    if (dueMs !== null && dueMs <= clock.nowMs()) {
      try {
        await integrity.start({ isScheduled: true, maxMs: config.max_minutes * MS_PER_MINUTE });
        await finishedOr(integrity, signal);
      } catch (error) {
        // One that somebody asked for is running: its end is looked at again.
        if (errorCode(error) !== 'conflict') throw error;
        logger.debug({ reason: errorMessage(error) }, 'the check waits');
      }
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

/** Waits for the end of the check; where this manager is to stop, so is the check. */
async function finishedOr(integrity: CheckScheduleOptions['integrity'], signal: AbortSignal): Promise<void> {
  const stop = () => void integrity.cancel().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  try {
    await integrity.finished();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
