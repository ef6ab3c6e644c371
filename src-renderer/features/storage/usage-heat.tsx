import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type CSSProperties, type KeyboardEvent, useCallback, useRef, useState } from 'react';
import { EmptyState } from '../../components/empty-state.tsx';
import { type HeatMeasure, type HeatOrder, type HeatRow, LEVELS, moveInHeat } from './heat-rows.ts';
import { openDay } from './open-day.ts';
import { cellText, dayText } from './storage-texts.ts';
import { UsageDays } from './usage-days.tsx';
import styles from './usage-heat.module.css';
import { UsageRow } from './usage-row.tsx';

const ROW_PX = 32;
const HEAD_PX = 92;

export interface UsageHeatProps {
  readonly rows: readonly HeatRow[];
  /** UTC days, `yyyy-mm-dd`. */
  readonly days: readonly string[];
  /** Bytes of the rows on each of the days. */
  readonly perDay: readonly number[];
  readonly measure: HeatMeasure;
  readonly order: HeatOrder;
  readonly onOrder: (order: HeatOrder) => void;
}

/** A place in the table. */
export interface HeatPlace {
  readonly row: number;
  readonly column: number;
}

/** Streams against days; a click or Enter opens the day on the timeline, arrow keys move. */
export function UsageHeat({ rows, days, perDay, measure, order, onOrder }: UsageHeatProps) {
  const scrollRef = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<HeatPlace>({ row: 0, column: days.length - 1 });
  const [looked, setLooked] = useState<HeatPlace | null>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.stream ?? index,
    overscan: 8,
    initialRect: { width: 900, height: 700 },
    scrollMargin: HEAD_PX,
    scrollPaddingStart: HEAD_PX,
  });
  const grid: CSSProperties = {
    gridTemplateColumns: `minmax(132px, 200px) repeat(${days.length}, minmax(7px, 1fr)) 84px 84px`,
  };
  const reachable = {
    row: Math.min(place.row, rows.length - 1),
    column: Math.min(place.column, days.length - 1),
  };
  const largest = Math.max(1, ...rows.map((row) => row.sizeBytes));

  // The keys go on from wherever the focus is, however it came there.
  const reach = useCallback((next: HeatPlace): void => {
    setPlace(next);
    setLooked(next);
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moveInHeat(event.key, reachable, { rows: rows.length, columns: days.length });
    if (!next) return;
    event.preventDefault();
    reach(next);
    virtualizer.scrollToIndex(next.row, { align: 'auto' });
    requestAnimationFrame(() =>
      scrollRef.current
        ?.querySelector<HTMLElement>(`[data-row="${next.row}"] [data-column="${next.column}"]`)
        ?.focus(),
    );
  };

  const seen = looked && rows[looked.row];
  const seenCell = looked && seen?.cells[looked.column];
  return (
    <>
      <div ref={scrollRef} className={styles.scroll}>
        <table
          aria-label={`Streams by day (UTC), shaded by ${measure === 'size' ? 'size' : 'recorded time'}`}
          aria-rowcount={rows.length + 1}
          className={styles.table}
          data-keeps-keys
          onKeyDown={onKeyDown}
          onMouseLeave={() => setLooked(null)}
        >
          <thead className={styles.head}>
            <tr style={grid} className={styles.headRow}>
              <th scope="col" aria-sort={order === 'name' ? 'ascending' : undefined}>
                <OrderButton title="Stream" value="name" order={order} onOrder={onOrder} />
              </th>
              <UsageDays days={days} perDay={perDay} lookedColumn={looked?.column ?? null} />
              <th scope="col" data-number aria-sort={order === 'size' ? 'descending' : undefined}>
                <OrderButton title={`${days.length} days`} value="size" order={order} onOrder={onOrder} />
              </th>
              <th scope="col" data-number aria-sort={order === 'total' ? 'descending' : undefined}>
                <OrderButton title="In all" value="total" order={order} onOrder={onOrder} />
              </th>
            </tr>
          </thead>
          <tbody className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              return (
                row && (
                  <UsageRow
                    key={item.key}
                    row={row}
                    rowIndex={item.index}
                    grid={grid}
                    topPx={item.start - HEAD_PX}
                    share={row.sizeBytes / largest}
                    hasFigures={days.length <= 14}
                    reachableColumn={item.index === reachable.row ? reachable.column : null}
                    onLook={setLooked}
                    onReach={reach}
                    onOpen={(day) => void openDay(row.stream, day)}
                  />
                )
              );
            })}
          </tbody>
        </table>
        {rows.length === 0 && <EmptyState title="No stream fits the filter">It looks at names.</EmptyState>}
      </div>
      <footer className={styles.foot}>
        <span className={styles.words}>
          {seen && seenCell ? (
            <>
              <b>{seen.stream}</b> {`${dayText(seenCell.day)}: ${cellText(seenCell)}`}
            </>
          ) : (
            'Days are UTC. Click a day to see it on the timeline.'
          )}
        </span>
        <Legend measure={measure} />
      </footer>
    </>
  );
}

function Legend({ measure }: { readonly measure: HeatMeasure }) {
  return (
    <span className={styles.legend} aria-hidden>
      {measure === 'size' ? 'small' : 'minutes'}
      {Array.from({ length: LEVELS + 1 }, (_, level) => level).map((level) => (
        <span key={level} className={styles.swatch} data-level={level} />
      ))}
      {measure === 'size' ? 'large' : 'all day'}
    </span>
  );
}

interface OrderButtonProps {
  readonly title: string;
  readonly value: HeatOrder;
  readonly order: HeatOrder;
  readonly onOrder: (order: HeatOrder) => void;
}

function OrderButton({ title, value, order, onOrder }: OrderButtonProps) {
  const Arrow = value === 'name' ? ArrowUp : ArrowDown;
  return (
    <button type="button" className={styles.order} onClick={() => onOrder(value)}>
      {title}
      <Arrow size={12} strokeWidth={2} aria-hidden data-shown={order === value || undefined} />
    </button>
  );
}
