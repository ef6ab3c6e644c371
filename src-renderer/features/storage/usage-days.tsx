import { formatBytes } from '../../format/numbers.ts';
import { dayText } from './storage-texts.ts';
import styles from './usage-heat.module.css';

export interface UsageDaysProps {
  readonly days: readonly string[];
  readonly perDay: readonly number[];
  readonly lookedColumn: number | null;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** More days than this leave no room for a number each: only Mondays have one. */
const MAX_NUMBERED = 45;

/** The heads of the days: what all streams recorded as a bar, and the date under it. */
export function UsageDays({ days, perDay, lookedColumn }: UsageDaysProps) {
  const largest = Math.max(1, ...perDay);
  return days.map((day, column) => {
    const bytes = perDay[column] ?? 0;
    const date = Number(day.slice(8));
    const isMonday = new Date(`${day}T00:00:00Z`).getUTCDay() === 1;
    const isNumbered = days.length <= MAX_NUMBERED || isMonday;
    const isNamed = date === 1 || column === 0;
    return (
      <th key={day} scope="col" className={styles.day} data-looked={column === lookedColumn || undefined}>
        <span className="visually-hidden">
          {`${dayText(day)}, ${bytes > 0 ? formatBytes(bytes) : 'nothing recorded'}`}
        </span>
        <span className={styles.barRoom} aria-hidden>
          <span className={styles.bar} style={{ height: `${(bytes / largest) * 100}%` }} />
        </span>
        <span className={styles.number} aria-hidden>
          {isNumbered ? date : ''}
        </span>
        <span className={styles.month} aria-hidden>
          {isNamed ? MONTHS[Number(day.slice(5, 7)) - 1] : ''}
        </span>
      </th>
    );
  });
}
