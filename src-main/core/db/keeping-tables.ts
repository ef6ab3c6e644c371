import type { Generated } from 'kysely';

/** Tables of bookmarks and of retention; what the columns mean is written in migrations/. */
export interface KeepingTables {
  bookmarks: BookmarksTable;
  retention_rules: RetentionRulesTable;
  retention_runs: RetentionRunsTable;
  retention_problems: RetentionProblemsTable;
  retention_folders: RetentionFoldersTable;
}

export interface BookmarksTable {
  id: Generated<string>;
  stream: string;
  start_ts: number;
  end_ts: number;
  label: string;
  is_protected: boolean;
  created_by: string;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface RetentionRulesTable {
  id: Generated<string>;
  position: number;
  streams: string[];
  keep_days: number | null;
  max_bytes: number | null;
  updated_by: string;
  updated_at: Generated<Date>;
}

export interface RetentionRunsTable {
  id: string;
  started_at: Date;
  beat_at: Date;
  finished_at: Date | null;
  state: 'running' | 'done' | 'stopped' | 'failed';
  segment_count: Generated<number>;
  size_bytes: Generated<number>;
  failed_count: Generated<number>;
  problem: string | null;
}

export interface RetentionProblemsTable {
  stream: string;
  dir: string;
  problem: string;
  object_count: number;
  first_at: Generated<Date>;
  last_at: Generated<Date>;
}

export interface RetentionFoldersTable {
  dir: string;
  emptied_at: Generated<Date>;
}
