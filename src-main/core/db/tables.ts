import type { ColumnType, Generated } from 'kysely';
import type { ExportState } from '../../../src-shared/model/export-job.ts';
import type { ClockSource, Track } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import type { AnalysisCarryJson, SegmentAnalysis } from '../media/repair.ts';
import type { AccessTables } from './access-tables.ts';
import type { AlertTables } from './alert-tables.ts';
import type { IntegrityFindingsTable, IntegrityRunsTable } from './integrity-tables.ts';
import type { KeepingTables } from './keeping-tables.ts';
import type { DutiesTable, ManagersTable } from './peer-tables.ts';
import type { RoutingTables } from './routing-tables.ts';

/**
 * The tables as kysely sees them; what each column means is written in migrations/.
 *
 * `bigint` columns come as numbers (microseconds stay exact in a double until the year 2255).
 */
export interface Tables extends AccessTables, AlertTables, KeepingTables, RoutingTables {
  recordings: RecordingsTable;
  tracks: TracksTable;
  segments: SegmentsTable;
  coverage: CoverageTable;
  recorded_streams: RecordedStreamsTable;
  day_totals: DayTotalsTable;
  exports: ExportsTable;
  storages: StoragesTable;
  storage_scans: StorageScansTable;
  storage_looks: StorageLooksTable;
  node_places: NodePlacesTable;
  integrity_runs: IntegrityRunsTable;
  integrity_findings: IntegrityFindingsTable;
  nodes: NodesTable;
  cascades: CascadesTable;
  recorders: RecordersTable;
  sync_cursors: SyncCursorsTable;
  node_recordings: NodeRecordingsTable;
  managers: ManagersTable;
  duties: DutiesTable;
}

/** JSON columns are written as text that PostgreSQL parses. */
type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null, string | null>;

export interface RecordingsTable {
  id: Generated<string>;
  stream: string;
  node_alias: string;
  dir: string;
  session_no: Generated<number>;
  record: Generated<string>;
  start_ts: number;
  end_ts: number;
  status: Generated<'active' | 'completed' | 'failed' | 'unknown'>;
  created_at: Generated<Date>;
  segment_count: Generated<number>;
  size_bytes: Generated<number>;
  place: ColumnType<string | null, string | null | undefined, string | null>;
  begun_ts: ColumnType<number | null, number | null | undefined, number | null>;
}

export interface NodePlacesTable {
  node_alias: string;
  place: string;
  is_told: boolean;
  noted_at: Generated<Date>;
}

/** `pending`: not read yet; `missing`: not in storage; `bad`: unreadable. */
export type ObjectState = 'pending' | 'ok' | 'missing' | 'bad';

export interface TracksTable {
  id: Generated<string>;
  recording_id: string;
  track: Track;
  init_path: string;
  init_state: Generated<ObjectState>;
  init_mark: ColumnType<string | null, string | null | undefined, string | null>;
  zero_ts: number | null;
  clock_source: ClockSource | null;
  timescale: number | null;
  entry_type: string | null;
  codec: string | null;
  width: number | null;
  height: number | null;
  channels: number | null;
  config_hash: string | null;
  problem: string | null;
  carry: NullableJson<AnalysisCarryJson>;
  analysed_seq: Generated<number>;
  first_seq: number | null;
  last_seq: number | null;
}

export interface SegmentsTable {
  id: string;
  node_alias: string;
  stream: string;
  start_ts: number;
  end_ts: number;
  duration_ms: number;
  path: string;
  is_keyframe: boolean;
  created_at: Generated<Date>;
  track: Track;
  recording_id: string;
  track_id: string;
  seq: number;
  media_start_us: number | null;
  size_bytes: number | null;
  clock_source: ClockSource;
  state: Generated<ObjectState>;
  analysis: NullableJson<SegmentAnalysis>;
  problem: string | null;
  written_ms: ColumnType<number | null, number | null | undefined, number | null>;
}

export interface CoverageTable {
  stream: string;
  track: Track;
  node_alias: string;
  start_ts: number;
  end_ts: number;
  is_estimated: boolean;
}

export interface RecordedStreamsTable {
  stream: string;
  node_alias: string;
  track: Track;
  start_ts: number;
  end_ts: number;
  longest_us: number;
}

export interface DayTotalsTable {
  stream: string;
  day: number;
  node_alias: string;
  track: Track;
  segment_count: number;
  main_count: number;
  size_bytes: number;
  duration_us: number;
}

export interface ExportsTable {
  id: Generated<string>;
  stream: string;
  start_ts: number;
  end_ts: number;
  state: ExportState;
  created_at: Generated<Date>;
  finished_at: Date | null;
  size_bytes: number | null;
  file_name: string | null;
  folder: string | null;
  duration_us: number | null;
  starts_early_us: number | null;
  gaps: Json<TimeRange[]>;
  error: string | null;
  manager_id: string | null;
}

export interface StoragesTable {
  root: string;
  added_at: Generated<Date>;
}

export interface StorageScansTable {
  place: string;
  position: string;
  object_count: number;
  folder_count: number;
  updated_at: Generated<Date>;
}

export interface StorageLooksTable {
  place: string;
  looked_at: Date;
}

export interface NodesTable {
  id: Generated<string>;
  alias: string;
  url: string;
  mode: 'poll' | 'sse';
  site: string;
  storage: Generated<string>;
  has_token: boolean;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface CascadesTable {
  id: string;
  stream: string;
  source_alias: string;
  target_alias: string;
  mode: 'push' | 'pull';
  origin: 'viewers' | 'operator';
  state: 'starting' | 'running';
  created_at: Date;
  manager_id: string | null;
  source_url: string | null;
  target_url: string | null;
  peer_session: string | null;
}

export interface RecordersTable {
  node_alias: string;
  stream: string;
  wish: 'operator' | 'stopped' | null;
  start_ms: number | null;
  record_dir: string | null;
}

export interface SyncCursorsTable {
  node_alias: string;
  stream: string;
  cursor_ts: number | null;
  synced_at: Date | null;
}

export interface NodeRecordingsTable {
  node_alias: string;
  stream: string;
  record: string;
  dir: string;
  start_ts: number;
  end_ts: number | null;
  node_status: 'active' | 'completed' | 'failed';
  state: Generated<'open' | 'settled' | 'acknowledged'>;
  source: 'storage' | 'node' | null;
  ended_at: Date | null;
  tried_at: Date | null;
  problem: string | null;
}
