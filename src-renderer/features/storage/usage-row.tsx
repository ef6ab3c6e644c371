import { type CSSProperties, memo } from 'react';
import { formatBytes } from '../../format/numbers.ts';
import { hrefTo } from '../../router.ts';
import type { HeatCell, HeatRow } from './heat-rows.ts';
import { cellText, dayText } from './storage-texts.ts';
import styles from './usage-heat.module.css';
import type { HeatPlace } from './usage-heat.tsx';

export interface UsageRowProps {
  readonly row: HeatRow;
  readonly rowIndex: number;
  readonly grid: CSSProperties;
  readonly topPx: number;
  /** Of the largest row, 0 to 1. */
  readonly share: number;
  /** There is room for figures in the cells. */
  readonly hasFigures: boolean;
  /** The cell that Tab reaches; null in other rows. */
  readonly reachableColumn: number | null;
  readonly onLook: (place: HeatPlace) => void;
  /** The focus has come to a cell. */
  readonly onReach: (place: HeatPlace) => void;
  readonly onOpen: (day: string) => void;
}

/** A stream: its days as shades, and its size. */
export const UsageRow = memo(function UsageRow(props: UsageRowProps) {
  const { row, rowIndex, grid, topPx, share, hasFigures, reachableColumn, onLook, onReach, onOpen } = props;
  return (
    <tr
      className={styles.row}
      data-row={rowIndex}
      aria-rowindex={rowIndex + 2}
      style={{ ...grid, transform: `translateY(${topPx}px)` }}
    >
      <th scope="row" className={styles.name}>
        <a href={hrefTo('storage', { show: 'recordings', stream: row.stream })} title={row.stream}>
          {row.stream}
        </a>
      </th>
      {row.cells.map((cell, column) => (
        <td key={cell.day} className={styles.place}>
          <button
            type="button"
            className={styles.cell}
            data-level={cell.level}
            data-figures={hasFigures || undefined}
            data-column={column}
            tabIndex={column === reachableColumn ? 0 : -1}
            aria-label={`${row.stream}, ${dayText(cell.day)}, ${cellText(cell)}`}
            onMouseEnter={() => onLook({ row: rowIndex, column })}
            onFocus={() => onReach({ row: rowIndex, column })}
            onClick={() => onOpen(cell.day)}
          >
            {hasFigures && figureOf(cell)}
          </button>
        </td>
      ))}
      <td className={styles.size}>
        <span>{row.sizeBytes === 0 ? '–' : formatBytes(row.sizeBytes)}</span>
        <span className={styles.shareRoom} aria-hidden>
          <span className={styles.share} style={{ width: `${share * 100}%` }} />
        </span>
      </td>
      <td className={styles.size} data-quiet>
        {row.totalBytes === 0 ? '–' : formatBytes(row.totalBytes)}
      </td>
    </tr>
  );
});

function figureOf(cell: HeatCell): string {
  return cell.sizeBytes > 0 ? formatBytes(cell.sizeBytes) : '';
}
