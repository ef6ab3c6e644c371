import type { ColumnType } from 'kysely';

/** Where the sessions are that managers made, and which places they have just taken. */
export interface RoutingTables {
  session_routes: SessionRoutesTable;
  session_places: SessionPlacesTable;
}

export interface SessionRoutesTable {
  stream: string;
  session: string;
  node_alias: string;
  expires_at: Date;
  owner: string | null;
}

export interface SessionPlacesTable {
  id: string;
  placed_by: string;
  stream: string;
  node_alias: string;
  kind: 'publish' | 'play';
  session: string | null;
  expires_at: ColumnType<Date>;
}
