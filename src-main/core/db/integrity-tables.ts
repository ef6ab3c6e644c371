import type { ColumnType, Generated } from 'kysely';
import type { FindingKind, FindingRepair, IntegrityRun } from '../../../src-shared/model/integrity.ts';

export interface IntegrityRunsTable {
  id: string;
  state: IntegrityRun['state'];
  phase: Generated<IntegrityRun['phase']>;
  stream: string | null;
  start_ts: number | null;
  end_ts: number | null;
  is_repairing: boolean;
  is_scheduled: Generated<boolean>;
  pause: ColumnType<CheckPause | null, string | null | undefined, string | null>;
  started_at: Date;
  beat_at: Date;
  finished_at: Date | null;
  segment_count: Generated<number>;
  segments_in_all: number | null;
  object_count: Generated<number>;
  place: Generated<string>;
  found_count: Generated<number>;
  repaired_count: Generated<number>;
  problem: string | null;
  is_cancel_wanted: Generated<boolean>;
}

/** Where a check that was interrupted goes on: behind a recording, or behind an object of a storage. */
export type CheckPosition =
  | { readonly phase: 'recordings'; readonly stream: string; readonly id: string }
  | { readonly phase: 'objects'; readonly storage: string; readonly path: string };

/** What a check that was interrupted knows when it goes on. */
export interface CheckPause {
  readonly at: CheckPosition;
  /** What could not be looked at so far: aliases of nodes, names of storages. */
  readonly unchecked: { readonly nodes: readonly string[]; readonly storages: readonly string[] };
}

/** What a repair needs to know. */
export interface FindingDetails {
  /** Of the row. */
  readonly segmentId?: string;
  readonly trackId?: string;
  readonly recordingId?: string;
  readonly seq?: number;
  /** Name or place of the storage. */
  readonly storage?: string;
  readonly track?: 'video' | 'audio';
  /** UTC, counted from 1970-01-01. */
  readonly day?: number;
  /** Only a check that reads objects sees it. */
  readonly isDeep?: true;
}

export interface IntegrityFindingsTable {
  id: Generated<number>;
  kind: FindingKind;
  stream: string;
  node_alias: string;
  place: string;
  start_ts: number | null;
  end_ts: number | null;
  reason: string;
  repair: FindingRepair | null;
  details: ColumnType<FindingDetails, string, string>;
  run_id: string;
  found_at: Date;
  resolved_at: Date | null;
  resolution: 'repaired' | 'gone' | null;
}
