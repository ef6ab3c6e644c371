import type { Clock } from '../base/clock.ts';
import type { Database } from '../db/database.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { SegmentPartitions } from './segment-partitions.ts';
import type { NewSegment } from './write-segments.ts';

/** What a recording folder is indexed with. */
export interface IndexTools {
  database: Database;
  store: ObjectStore;
  partitions: SegmentPartitions;
  /** Wall clock, milliseconds. */
  nowMs: () => number;
  signal: AbortSignal;
  onBatch: (rows: readonly NewSegment[]) => void;
}

/** The tools for the folders of one store; `onWritten` is called after COMMIT with the rows that were new. */
export function makeIndexTools(
  {
    clock,
    database,
    onWritten,
  }: {
    readonly clock: Clock;
    readonly database: Database;
    readonly onWritten: (rows: readonly NewSegment[]) => void;
  },
  store: ObjectStore,
  signal: AbortSignal,
): IndexTools {
  const partitions = new SegmentPartitions(database.db, clock);
  return { database, store, partitions, nowMs: () => clock.nowMs(), signal, onBatch: onWritten };
}
