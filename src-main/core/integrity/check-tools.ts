import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { CheckPosition } from '../db/integrity-tables.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { StorageSet } from '../storage/storage-set.ts';

/** What a check works with. */
export interface CheckTools {
  readonly database: Database;
  /** All storages as one. */
  readonly store: ObjectStore;
  readonly storages: StorageSet;
  /** Recordings that lie on nodes alone; null where nodes are not reached. */
  readonly nodeStore: ObjectStore | null;
  /** Reads the head of each object too, not only its size. */
  readonly isDeep: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A check in parts: where it begins, and when this part is to end. */
export interface CheckPart {
  readonly from: CheckPosition | null;
  readonly isTimeUp: () => boolean;
  /** Set when the part ends before the check does. */
  to: CheckPosition | null;
}

/** A storage that is gone through. */
export interface CheckedStorage {
  /** Of the configuration, so that some nodes record to it and others do not. */
  readonly isNamed: boolean;
  /** Its name, or the place of one that the command line indexed. */
  readonly name: string;
  readonly store: ObjectStore;
}

/** How far a check is. */
export interface CheckProgress {
  phase: 'recordings' | 'objects' | 'totals';
  segmentCount: number;
  objectCount: number;
  place: string;
}

/** What of the storages could not be looked at, so that nothing about it may be taken for mended. */
export interface Unchecked {
  /** Aliases of nodes. */
  readonly nodes: Set<string>;
  /** Names of storages. */
  readonly storages: Set<string>;
}
