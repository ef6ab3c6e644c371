import { Film } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { RECORDING_STATUSES } from '../../../src-shared/model/recording.ts';
import { Button } from '../../components/button.tsx';
import { ColumnMenu } from '../../components/column-menu.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { InlineSelect } from '../../components/inline-select.tsx';
import { ResizablePanel } from '../../components/resizable-panel.tsx';
import pane from '../../components/table-pane.module.css';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatCounted } from '../../format/numbers.ts';
import { replaceQuery, useRoute } from '../../router.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { setHiddenColumns, setPanelSize, useSettingsStore, useZone } from '../../stores/settings-store.ts';
import { recordingColumns } from './recording-columns.tsx';
import { RecordingDetails } from './recording-details.tsx';
import {
  filterParameters,
  isFiltered,
  parseFilter,
  type RecordingFilter,
  STATUS_WORDS,
  TIME_CHOICES,
} from './recording-filter.ts';
import styles from './recordings-pane.module.css';
import { useRecordedNames } from './use-recorded-names.ts';
import { useRecordings } from './use-recordings.ts';

const TABLE = 'recordings';
const PANEL = 'recording-details';
const PANEL_DEFAULT_PX = 320;
const NOTHING_HIDDEN: readonly string[] = [];
const CLOCK_MS = 5000;
const STATUSES = [
  { value: '', label: 'Any state' },
  ...RECORDING_STATUSES.map((value) => ({ value, label: STATUS_WORDS[value] })),
];

/** Recordings as rows: filters, and the details of the one that is selected. */
export function RecordingsPane({ children }: { readonly children: ReactNode }) {
  const query = useRoute()?.query ?? new URLSearchParams();
  const zone = useZone();
  const nowMs = useNow(CLOCK_MS);
  const nodes = useClusterStore((state) => state.nodes);
  const hidden = useSettingsStore((state) => state.hiddenColumns[TABLE] ?? NOTHING_HIDDEN);
  const panelPx = useSettingsStore((state) => state.panelSizes[PANEL] ?? PANEL_DEFAULT_PX);
  const filter = parseFilter(query);
  const list = useRecordings(filter);
  const streamNames = useRecordedNames();
  const columns = useMemo(() => recordingColumns(zone, nowMs * 1000), [zone, nowMs]);
  const shown = useMemo(() => columns.filter((column) => !hidden.includes(column.id)), [columns, hidden]);
  const selectedId = query.get('recording');
  const selected = list.recordings?.find(({ id }) => id === selectedId) ?? null;

  const change = (part: Partial<RecordingFilter>): void =>
    replaceQuery(filterParameters({ ...filter, ...part }));
  const select = (id: string | undefined): void =>
    replaceQuery({ ...filterParameters(filter), recording: id });
  const named = (all: string, names: readonly string[], chosen: string | null) =>
    [{ value: '', label: all }].concat(
      [...new Set(chosen === null ? names : [...names, chosen])].map((name) => ({
        value: name,
        label: name,
      })),
    );
  const countText = list.recordings && countWords(list.recordings.length, list.hasMore);

  return (
    <section className={pane.pane} aria-label="Recordings">
      <TableToolbar>
        {children}
        <InlineSelect
          label="Stream"
          value={filter.stream ?? ''}
          options={named('All streams', streamNames, filter.stream)}
          onChange={(stream) => change({ stream: stream || null })}
        />
        <InlineSelect
          label="Node"
          value={filter.node ?? ''}
          options={named(
            'All nodes',
            nodes.map(({ alias }) => alias),
            filter.node,
          )}
          onChange={(node) => change({ node: node || null })}
        />
        <InlineSelect
          label="State"
          value={filter.status ?? ''}
          options={STATUSES}
          onChange={(value) => change({ status: RECORDING_STATUSES.find((each) => each === value) ?? null })}
        />
        <InlineSelect
          label="Time"
          value={filter.time}
          options={TIME_CHOICES}
          onChange={(time) => change({ time })}
        />
        <span className={styles.count} role="status">
          {countText}
        </span>
        <ColumnMenu columns={columns} hidden={hidden} onChange={(next) => setHiddenColumns(TABLE, next)} />
      </TableToolbar>
      {!list.recordings && list.problem && (
        <ErrorState title="The recordings cannot be read" message={list.problem} onRetry={list.reload} />
      )}
      {!list.recordings && !list.problem && <TableSkeleton label="Reading the recordings" />}
      {list.recordings && (
        <div className={pane.columns}>
          <div className={pane.table}>
            <DataTable
              label="Recordings"
              rows={list.recordings}
              columns={shown}
              keyOf={({ id }) => id}
              selectedKey={selected?.id ?? null}
              onSelect={select}
              sort={{ column: 'start', isDescending: filter.isNewestFirst }}
              onSort={() => change({ isNewestFirst: !filter.isNewestFirst })}
              onNearEnd={list.loadMore}
              empty={<Nothing isFiltered={isFiltered(filter)} />}
            />
            {list.problem && <p className={pane.stale}>{list.problem}</p>}
          </div>
          {selected && (
            <ResizablePanel
              label="Recording details"
              side="right"
              sizePx={panelPx}
              minPx={280}
              maxPx={560}
              onResize={(px) => setPanelSize(PANEL, px)}
            >
              <RecordingDetails
                key={selected.id}
                recording={selected}
                nowUs={nowMs * 1000}
                zone={zone}
                onClose={() => select(undefined)}
              />
            </ResizablePanel>
          )}
        </div>
      )}
    </section>
  );
}

function countWords(count: number, hasMore: boolean): string {
  return hasMore ? `first ${formatCounted(count, 'recording')}` : formatCounted(count, 'recording');
}

function Nothing({ isFiltered: hasFilter }: { readonly isFiltered: boolean }) {
  if (hasFilter) {
    return (
      <EmptyState
        title="No recording fits"
        action={<Button onClick={() => replaceQuery({ show: 'recordings' })}>Show all recordings</Button>}
      >
        Other streams, nodes, states or times have some.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No recordings yet" icon={<Film size={28} strokeWidth={1.5} aria-hidden />}>
      They appear when nodes report segments, when record_sync is on, or after “liveman index”.
    </EmptyState>
  );
}
