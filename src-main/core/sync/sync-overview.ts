import { sql } from 'kysely';
import type { NodeIndexStatus } from '../../../src-shared/contract/index-routes.ts';
import type { Database } from '../db/database.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { doorOf, type NodeSyncStatus, type RecordingSync, type SyncedCluster } from './recording-sync.ts';
import { readSyncTimes } from './sync-table.ts';

export interface SyncOverviewOptions {
  readonly database: Database;
  readonly cluster: SyncedCluster;
  readonly sync: Pick<RecordingSync, 'isEnabled' | 'statuses'>;
}

/** What the database knows of a node. */
interface Known {
  newestUs: number | null;
  openCount: number;
}

/**
 * How the index keeps up with each node, sorted by alias: those of the cluster, and those that are gone and have
 * recordings. What the database says counts where another manager does the fetching.
 */
export async function readSyncOverview(options: SyncOverviewOptions): Promise<NodeIndexStatus[]> {
  const { cluster, database, sync } = options;
  const [times, known] = await Promise.all([readSyncTimes(database), readKnown(database)]);
  const statuses = new Map(sync.statuses().map((status) => [status.alias, status]));
  const inCluster = cluster.snapshots().map((snapshot): NodeIndexStatus => {
    const { alias } = snapshot.node;
    return statusOf(snapshot, {
      known: known.get(alias),
      lastSyncMs: times.get(alias) ?? null,
      own: statuses.get(alias),
      isEnabled: sync.isEnabled,
    });
  });
  const aliases = new Set(inCluster.map(({ alias }) => alias));
  const gone = [...known].flatMap(([alias, { newestUs, openCount }]): NodeIndexStatus[] => {
    if (aliases.has(alias)) return [];
    const lastSyncMs = times.get(alias) ?? null;
    const problem =
      openCount > 0 ? 'It is no longer in the cluster, so what is missing of it cannot be fetched.' : null;
    return [
      {
        alias,
        isInCluster: false,
        door: 'none',
        isSynced: false,
        isRunning: false,
        lastSyncMs,
        newestUs,
        openCount,
        problem,
      },
    ];
  });
  return [...inCluster, ...gone].sort((a, b) => (a.alias < b.alias ? -1 : 1));
}

function statusOf(
  snapshot: NodeSnapshot,
  facts: {
    known: Known | undefined;
    lastSyncMs: number | null;
    own: NodeSyncStatus | undefined;
    isEnabled: boolean;
  },
): NodeIndexStatus {
  const { isEnabled, known, lastSyncMs, own } = facts;
  const listed = doorOf(snapshot);
  const newestUs = known?.newestUs ?? null;
  // Who is not fetched from and has recordings has reported them.
  const isReporting = snapshot.identity?.generation === 'push' || (!isEnabled && newestUs !== null);
  const door =
    listed !== null && !isReporting ? listed : isReporting || newestUs !== null ? 'report' : 'none';
  const isUp = isUsable(snapshot.health.state);
  return {
    alias: snapshot.node.alias,
    isInCluster: true,
    door,
    isSynced: isEnabled && listed !== null,
    isRunning: own?.isRunning ?? false,
    lastSyncMs: own?.lastSyncMs ?? lastSyncMs,
    newestUs,
    openCount: known?.openCount ?? 0,
    problem: own?.problem ?? (isUp ? null : snapshot.health.reason),
  };
}

async function readKnown({ db }: Database): Promise<Map<string, Known>> {
  const { rows } = await sql<{ alias: string; newest: number | null; open: number | null }>`
    with newest as (select node_alias, max(end_ts) as newest from recorded_streams group by node_alias),
      waiting as (
        select node_alias, count(*) as open from node_recordings where state = 'open' group by node_alias)
    select coalesce(n.node_alias, w.node_alias) as alias, n.newest, w.open
    from newest n full join waiting w using (node_alias)
  `.execute(db);
  return new Map(rows.map((row) => [row.alias, { newestUs: row.newest, openCount: row.open ?? 0 }]));
}
