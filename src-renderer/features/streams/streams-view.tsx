import { useMemo } from 'react';
import { Button } from '../../components/button.tsx';
import { ColumnMenu } from '../../components/column-menu.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { ResizablePanel } from '../../components/resizable-panel.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { nextSort, sortRows } from '../../components/sort-rows.ts';
import pane from '../../components/table-pane.module.css';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { FilterField } from '../../components/text-field.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { navigate, replaceQuery, useRoute } from '../../router.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { readAll } from '../../stores/live-sync.ts';
import { setHiddenColumns, setPanelSize, setSort, useSettingsStore } from '../../stores/settings-store.ts';
import { savedText, useSaved } from '../../stores/use-saved.ts';
import { NewStreamButton } from './new-stream-button.tsx';
import { STREAM_COLUMNS } from './stream-columns.tsx';
import { StreamDetails } from './stream-details.tsx';
import { belongsTo, fitsStreamFilter, parseShow, SHOW_OPTIONS } from './stream-filters.ts';
import styles from './streams-view.module.css';

const TABLE = 'streams';
const FIRST_SORT = { column: 'stream', isDescending: false };
const PANEL = 'stream-details';
const PANEL_DEFAULT_PX = 320;
const NOTHING_HIDDEN: readonly string[] = [];

/** All streams of the cluster, and the details of the one that is selected. */
export function StreamsView() {
  const phase = useClusterStore((state) => state.phase);
  const problem = useClusterStore((state) => state.problem);
  const streams = useClusterStore((state) => state.streams);
  const hidden = useSettingsStore((state) => state.hiddenColumns[TABLE] ?? NOTHING_HIDDEN);
  const keptSort = useSettingsStore((state) => state.sorts[TABLE] ?? FIRST_SORT);
  const panelPx = useSettingsStore((state) => state.panelSizes[PANEL] ?? PANEL_DEFAULT_PX);
  const query = useRoute()?.query;
  const [filter, setFilter] = useSaved('streams-filter', savedText);

  const show = parseShow(query?.get('show') ?? null);
  const selected = query?.get('stream') ?? null;
  const askedSort = query?.get('sort') ?? null;
  const sort = useMemo(
    () => (askedSort ? { column: askedSort, isDescending: true } : keptSort),
    [askedSort, keptSort],
  );
  const shown = useMemo(() => {
    const fitting = streams.filter((stream) => belongsTo(stream, show) && fitsStreamFilter(stream, filter));
    return sortRows(fitting, STREAM_COLUMNS, sort);
  }, [streams, show, filter, sort]);
  const detailed = streams.find((stream) => stream.id === selected) ?? null;
  const columns = useMemo(() => STREAM_COLUMNS.filter((column) => !hidden.includes(column.id)), [hidden]);

  const onSort = (column: string) => {
    setSort(TABLE, nextSort(STREAM_COLUMNS, sort, column));
    if (askedSort) replaceQuery({ show, stream: selected ?? undefined });
  };

  if (phase === 'failed') {
    return (
      <div className={pane.pane}>
        <ErrorState
          title="The streams cannot be read"
          message={problem ?? ''}
          onRetry={() => void readAll()}
        />
      </div>
    );
  }
  return (
    <div className={pane.pane}>
      <TableToolbar>
        <FilterField label="Filter streams" className={styles.filter} value={filter} onChange={setFilter} />
        <Segmented
          label="Which streams"
          value={show}
          options={SHOW_OPTIONS}
          onChange={(next) => replaceQuery({ show: next, sort: askedSort ?? undefined })}
        />
        <span className={styles.count} role="status">
          {phase === 'ready' && formatCounted(shown.length, 'stream')}
        </span>
        <NewStreamButton />
        <ColumnMenu
          columns={STREAM_COLUMNS}
          hidden={hidden}
          onChange={(next) => setHiddenColumns(TABLE, next)}
        />
      </TableToolbar>
      {phase === 'loading' ? (
        <TableSkeleton label="Reading the streams" />
      ) : (
        <div className={pane.columns}>
          <div className={pane.table}>
            <DataTable
              label="Streams"
              rows={shown}
              columns={columns}
              keyOf={(stream) => stream.id}
              selectedKey={selected}
              onSelect={(stream) => replaceQuery({ show, stream, sort: askedSort ?? undefined })}
              sort={sort}
              onSort={onSort}
              empty={
                <NoStreams
                  isFiltered={streams.length > 0}
                  onClear={() => {
                    setFilter('');
                    replaceQuery({ stream: selected ?? undefined });
                  }}
                />
              }
            />
          </div>
          {detailed && (
            <ResizablePanel
              label="Stream details"
              side="right"
              sizePx={panelPx}
              minPx={280}
              maxPx={560}
              onResize={(px) => setPanelSize(PANEL, px)}
            >
              <StreamDetails
                key={detailed.id}
                stream={detailed}
                onClose={() => replaceQuery({ show, sort: askedSort ?? undefined })}
              />
            </ResizablePanel>
          )}
        </div>
      )}
    </div>
  );
}

interface NoStreamsProps {
  readonly isFiltered: boolean;
  readonly onClear: () => void;
}

function NoStreams({ isFiltered, onClear }: NoStreamsProps) {
  if (isFiltered) {
    return (
      <EmptyState title="No stream fits" action={<Button onClick={onClear}>Show all streams</Button>}>
        The text is looked for in names, nodes and codecs.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No streams yet"
      action={<Button onClick={() => navigate('cluster')}>Look at the nodes</Button>}
    >
      A stream appears as soon as somebody publishes to a node of the cluster.
    </EmptyState>
  );
}
