import { ChevronLeft, ChevronRight } from 'lucide-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import { formatIsoDay } from '../../format/times.ts';
import styles from './month-calendar.module.css';
import { coverageWord, type DayCell, dayStep, monthGrid, shiftDay, shiftMonth } from './month-grid.ts';
import { useDays } from './use-days.ts';

export interface MonthCalendarProps {
  /** The day that is looked at, `yyyy-mm-dd`. */
  readonly day: string;
  readonly zone: string;
  readonly streams: readonly string[];
  readonly onChoose: (day: string) => void;
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A month, its days shaded by how much of them was recorded. Arrow keys move, Enter chooses. */
export function MonthCalendar({ day, zone, streams, onChoose }: MonthCalendarProps) {
  const [browsed, setBrowsed] = useState<{ month: string; from: string } | null>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const grid = useRef<HTMLTableElement>(null);
  // Leafing through months ends when another day is looked at.
  const month = browsed?.from === day ? browsed.month : day.slice(0, 7);
  const { days, problem } = useDays(month, zone, streams);
  const today = formatIsoDay(Date.now() * 1000, zone);
  const weeks = monthGrid(month, days);
  const reachable = focused?.startsWith(month) ? focused : day.startsWith(month) ? day : `${month}-01`;
  const [year, number] = month.split('-');
  const title = `${MONTHS[Number(number) - 1]} ${year}`;

  const show = (next: string): void => setBrowsed({ month: next, from: day });
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = dayStep(event.key);
    const target =
      step !== null
        ? shiftDay(reachable, step)
        : event.key === 'PageUp'
          ? `${shiftMonth(month, -1)}-01`
          : event.key === 'PageDown'
            ? `${shiftMonth(month, 1)}-01`
            : null;
    if (!target) return;
    event.preventDefault();
    show(target.slice(0, 7));
    setFocused(target);
    requestAnimationFrame(() => grid.current?.querySelector<HTMLElement>(`[data-day="${target}"]`)?.focus());
  };

  return (
    <section className={styles.calendar} aria-label="Days with recordings">
      <header className={styles.head}>
        <h2 aria-live="polite">{title}</h2>
        <IconButton label="Previous month" hasTooltip={false} onClick={() => show(shiftMonth(month, -1))}>
          <ChevronLeft size={16} strokeWidth={1.75} aria-hidden />
        </IconButton>
        <IconButton label="Next month" hasTooltip={false} onClick={() => show(shiftMonth(month, 1))}>
          <ChevronRight size={16} strokeWidth={1.75} aria-hidden />
        </IconButton>
      </header>
      <table ref={grid} aria-label={title} className={styles.grid} data-keeps-keys>
        <thead>
          <tr>
            {WEEKDAYS.map((name) => (
              <th key={name} scope="col" abbr={name}>
                {name.slice(0, 1)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week.find((cell) => cell)?.day}>
              {week.map((cell, column) => (
                <td key={cell?.day ?? WEEKDAYS[column]}>
                  {cell && (
                    <Day
                      cell={cell}
                      isChosen={cell.day === day}
                      isToday={cell.day === today}
                      isReachable={cell.day === reachable}
                      onChoose={onChoose}
                      onKeyDown={onKeyDown}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {problem && <p className={styles.problem}>{problem}</p>}
    </section>
  );
}

interface DayProps {
  readonly cell: DayCell;
  readonly isChosen: boolean;
  readonly isToday: boolean;
  readonly isReachable: boolean;
  readonly onChoose: (day: string) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

function Day({ cell, isChosen, isToday, isReachable, onChoose, onKeyDown }: DayProps) {
  const coverage = cell.coverage ?? 0;
  const shade = coverage === 0 ? 'none' : coverage < 0.5 ? 'some' : coverage < 0.97 ? 'most' : 'all';
  return (
    <button
      type="button"
      className={styles.day}
      data-day={cell.day}
      data-shade={shade}
      data-chosen={isChosen || undefined}
      aria-current={isToday ? 'date' : undefined}
      aria-pressed={isChosen}
      aria-label={`${cell.day}, ${coverageWord(cell.coverage)}`}
      tabIndex={isReachable ? 0 : -1}
      onClick={() => onChoose(cell.day)}
      onKeyDown={onKeyDown}
    >
      {cell.number}
    </button>
  );
}
