import { Sparkline } from './sparkline.tsx';
import { type DotTone, StateDot } from './state-dot.tsx';
import styles from './tile.module.css';

export interface TileProps {
  readonly title: string;
  /** The list it counts. */
  readonly href: string;
  readonly value: string;
  /** After the figure, smaller: a unit or "of 12". */
  readonly unit?: string;
  readonly hint: string;
  /** Shown when something is wrong with it. */
  readonly tone?: DotTone;
  readonly history?: readonly number[];
  /** The line spans the room with this many values. */
  readonly historyLength?: number;
}

const HISTORY_LENGTH = 60;

/** A figure that leads to what it counts. */
export function Tile({
  title,
  href,
  value,
  unit,
  hint,
  tone,
  history,
  historyLength = HISTORY_LENGTH,
}: TileProps) {
  return (
    <a className={styles.tile} href={href}>
      <span className={styles.title}>{title}</span>
      <span className={styles.figure}>
        <span className={styles.value}>{value}</span>
        {unit && <span className={styles.unit}>{unit}</span>}
        <span className={styles.end}>
          {tone && <StateDot tone={tone} />}
          {history && (
            <Sparkline
              className={styles.line}
              values={history}
              widthPx={80}
              heightPx={22}
              capacity={historyLength}
            />
          )}
        </span>
      </span>
      <span className={styles.hint} title={hint}>
        {hint}
      </span>
    </a>
  );
}
