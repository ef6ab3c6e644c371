import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** What a run works with. */
export interface RetentionTools {
  readonly database: Database;
  readonly store: ObjectStore;
  /** Whether two nodes record to the same storage, so that a path of one names the object of the other. */
  readonly isSamePlace: (alias: string, other: string) => boolean | Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}
