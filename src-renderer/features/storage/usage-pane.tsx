import { HardDrive } from 'lucide-react';
import { type ReactNode, useDeferredValue, useMemo } from 'react';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { FilterField } from '../../components/text-field.tsx';
import type { Reading } from '../../stores/use-reading.ts';
import { savedChoice, savedText, useSaved } from '../../stores/use-saved.ts';
import { HEAT_MEASURES, type HeatMeasure, type HeatOrder, heatRows, orderHeatRows } from './heat-rows.ts';
import { bytesByDay, daysBetween } from './storage-figures.ts';
import { UsageHeat } from './usage-heat.tsx';
import styles from './usage-pane.module.css';
import type { SpanDays, Usage } from './use-usage.ts';

const readOrder = savedChoice<HeatOrder>(['name', 'size', 'total'], 'size');
const readMeasure = savedChoice<HeatMeasure>(HEAT_MEASURES, 'size');
const MEASURES = [
  { value: 'size', label: 'Size' },
  { value: 'time', label: 'Recorded time' },
] as const;
const SPANS = [
  { value: '14', label: '14 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
] as const;

export interface UsagePaneProps {
  readonly usage: Reading<Usage>;
  readonly days: SpanDays;
  readonly onDays: (days: SpanDays) => void;
  /** The choice between this and other ways to look at the storage. */
  readonly children: ReactNode;
}

/** Sizes per stream and day, as shades. */
export function UsagePane({ usage, days, onDays, children }: UsagePaneProps) {
  const [measure, setMeasure] = useSaved('storage-measure', readMeasure);
  const [filter, setFilter] = useSaved('storage-filter', savedText);
  const [order, setOrder] = useSaved('storage-order', readOrder);
  const typed = useDeferredValue(filter).trim().toLowerCase();
  const read = usage.value;
  const isEmpty = read?.totals.length === 0 && read.streams.length === 0;
  const dayNames = useMemo(() => (read ? daysBetween(read.fromDay, read.toDay) : []), [read]);
  const rows = useMemo(() => {
    if (!read) return [];
    const all = heatRows(read.streams, read.totals, dayNames, measure);
    const fitting = all.filter((row) => fits(row.stream, row.nodes, typed));
    return orderHeatRows(fitting, order);
  }, [read, dayNames, measure, typed, order]);
  const perDay = useMemo(() => {
    const names = new Set(rows.map(({ stream }) => stream));
    return bytesByDay(read?.streams.filter(({ stream }) => names.has(stream)) ?? [], dayNames);
  }, [read, rows, dayNames]);

  return (
    <section className={styles.pane} aria-label="Sizes per stream and day">
      <TableToolbar>
        {children}
        <FilterField
          label="Filter streams or nodes"
          className={styles.filter}
          value={filter}
          onChange={setFilter}
        />
        <span className={styles.spacer} />
        <Segmented
          label="What the shades stand for"
          value={measure}
          options={MEASURES}
          onChange={setMeasure}
        />
        <Segmented label="How many days" value={days} options={SPANS} onChange={onDays} />
      </TableToolbar>
      {!read && usage.problem && (
        <ErrorState title="The sizes cannot be read" message={usage.problem} onRetry={usage.reload} />
      )}
      {!read && !usage.problem && <TableSkeleton label="Reading the sizes" />}
      {read && isEmpty && <NothingStored />}
      {read && !isEmpty && (
        <UsageHeat
          rows={rows}
          days={dayNames}
          perDay={perDay}
          measure={measure}
          order={order}
          onOrder={setOrder}
        />
      )}
    </section>
  );
}

function fits(stream: string, nodes: readonly string[], typed: string): boolean {
  const haystack = `${stream} ${nodes.join(' ')}`.toLowerCase();
  return typed.split(/\s+/).every((word) => haystack.includes(word));
}

function NothingStored() {
  return (
    <EmptyState title="Nothing is stored yet" icon={<HardDrive size={28} strokeWidth={1.5} aria-hidden />}>
      Recordings appear when nodes report segments, when record_sync is on, or after “liveman index --storage
      FOLDER”.
    </EmptyState>
  );
}
