import type { ColumnType } from 'kysely';

/** A manager that uses or has used the database. */
export interface ManagersTable {
  id: string;
  session_id: string;
  host: string;
  os_user: string;
  process_id: number;
  profile: string;
  version: string;
  schema_version: number;
  config_nodes: string[];
  started_at: ColumnType<Date>;
  last_seen_at: ColumnType<Date>;
  ended_at: ColumnType<Date> | null;
}

/** Who does which work for all managers. */
export interface DutiesTable {
  duty: string;
  manager_id: string;
  session_id: string;
  term: number;
  taken_at: ColumnType<Date>;
  renewed_at: ColumnType<Date>;
  released_at: ColumnType<Date> | null;
}
