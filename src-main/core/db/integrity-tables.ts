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

/** What a repair needs to know. */
export interface FindingDetails {
  /** Of the row. */
  readonly segmentId?: string;
  readonly trackId?: string;
  readonly seq?: number;
  /** Name or place of the storage. */
  readonly storage?: string;
  readonly track?: 'video' | 'audio';
  /** UTC, counted from 1970-01-01. */
  readonly day?: number;
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
