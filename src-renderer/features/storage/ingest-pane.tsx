import { type ReactNode, useMemo } from 'react';
import { api, errorMessage } from '../../api/client.ts';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { nextSort, sortRows } from '../../components/sort-rows.ts';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { useNow } from '../../components/use-now.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { useIsAdmin } from '../../stores/rights.ts';
import { setSort, useSettingsStore } from '../../stores/settings-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { useReading } from '../../stores/use-reading.ts';
import { IngestChart } from './ingest-chart.tsx';
import styles from './ingest-pane.module.css';
import { SetAsideList } from './set-aside-list.tsx';
import { syncColumns } from './sync-columns.tsx';

const REFRESH_MS = 10_000;
/** A sync that was asked for begins within a second. */
const AFTER_ASKING_MS = 1500;
const TABLE = 'node-sync';
const FIRST_SORT = { column: 'node', isDescending: false };

/** How recordings come into the index: over the last hour, and from each node. */
export function IngestPane({ children }: { readonly children: ReactNode }) {
  const ingest = useReading('ingest', (signal) => api.call('getIngest', { signal }), REFRESH_MS);
  const sync = useReading('sync', (signal) => api.call('getIndexSync', { signal }), REFRESH_MS);
  const sort = useSettingsStore((state) => state.sorts[TABLE] ?? FIRST_SORT);
  const nowMs = useNow(1000);
  const isAdmin = useIsAdmin();
  const setAsideCount = useClusterStore((state) => state.status?.journal.setAsideCount ?? 0);
  const { reload } = sync;
  const columns = useMemo(
    () => syncColumns(nowMs, isAdmin ? (alias) => fetchNow(alias, reload) : null),
    [nowMs, isAdmin, reload],
  );
  const rows = useMemo(() => sortRows(sync.value?.nodes ?? [], columns, sort), [sync.value, columns, sort]);

  return (
    <section className={styles.pane} aria-label="Ingest">
      <TableToolbar>
        {children}
        <span className={styles.hint}>
          {sync.value && !sync.value.isEnabled && 'Nodes are not fetched from: record_sync.enabled is off.'}
        </span>
      </TableToolbar>
      <IngestChart reading={ingest} />
      {!sync.value && sync.problem && (
        <ErrorState title="The nodes cannot be read" message={sync.problem} onRetry={reload} />
      )}
      {!sync.value && !sync.problem && <TableSkeleton label="Reading the nodes" />}
      {sync.value && (
        <DataTable
          label="Nodes and the index"
          rows={rows}
          columns={columns}
          keyOf={({ alias }) => alias}
          selectedKey={null}
          onSelect={() => {}}
          sort={sort}
          onSort={(column) => setSort(TABLE, nextSort(columns, sort, column))}
          empty={
            <EmptyState title="No nodes yet">Add one in Cluster, or start the demo in Settings.</EmptyState>
          }
        />
      )}
      {isAdmin && setAsideCount > 0 && <SetAsideList count={setAsideCount} />}
    </section>
  );
}

async function fetchNow(alias: string, reload: () => void): Promise<void> {
  try {
    await api.call('syncNode', { params: { alias } });
    showToast({ text: `Fetching from ${alias}.` });
    setTimeout(reload, AFTER_ASKING_MS);
  } catch (error) {
    showToast({ tone: 'bad', text: errorMessage(error) });
  }
}
