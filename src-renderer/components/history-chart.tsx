import { type PointerEvent, useState } from 'react';
import { chartIndexAt, chartPath, chartX } from './chart-path.ts';
import styles from './history-chart.module.css';

export interface ChartLine {
  readonly name: string;
  /** Oldest first, as many as there are times; null breaks the line. */
  readonly values: readonly (number | null)[];
}

export interface HistoryChartProps {
  readonly title: string;
  /** The first is drawn over the others. */
  readonly lines: readonly ChartLine[];
  /** The width stands for this many values. */
  readonly capacity: number;
  /** What the line below says: of the value at an index, or of all of them (null). */
  readonly words: (index: number | null) => string;
  /** The value the upper edge stands for, at least. */
  readonly minTop: number;
  readonly formatTop: (top: number) => string;
  /** Values may be below zero, which is then in the middle. */
  readonly isSigned?: boolean;
}

const WIDTH_PX = 276;
const HEIGHT_PX = 40;

/** Recent values as lines over zero; what is under the pointer is said below them. */
export function HistoryChart(props: HistoryChartProps) {
  const { title, lines, capacity, words, minTop, formatTop, isSigned = false } = props;
  const [pointed, setPointed] = useState<number | null>(null);
  const known = lines.flatMap((line) => line.values.filter((value) => value !== null));
  const top = Math.max(minTop, ...known.map((value) => (isSigned ? Math.abs(value) : value)));
  const scale = { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, top: isSigned ? 2 * top : top, capacity };
  const above = (values: readonly (number | null)[]) =>
    isSigned ? values.map((value) => (value === null ? null : value + top)) : values;
  const count = lines[0]?.values.length ?? 0;
  const index = pointed !== null && pointed < count ? pointed : null;
  const onMove = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setPointed(chartIndexAt(((event.clientX - box.left) / box.width) * WIDTH_PX, count, scale));
  };
  const x = index === null ? null : chartX(index, count, scale).toFixed(1);
  return (
    <figure className={styles.chart}>
      <figcaption className={styles.head}>
        <span className={styles.title}>{title}</span>
        {lines.length > 1 &&
          lines.map((line) => (
            <span key={line.name} className={styles.key}>
              {line.name}
            </span>
          ))}
        <span className={styles.top}>{known.length > 0 && formatTop(top)}</span>
      </figcaption>
      <svg
        className={styles.plot}
        height={HEIGHT_PX}
        viewBox={`0 0 ${WIDTH_PX} ${HEIGHT_PX}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${words(null)}`}
        onPointerMove={onMove}
        onPointerLeave={() => setPointed(null)}
      >
        {isSigned && <path className={styles.zero} d={`M0 ${HEIGHT_PX / 2}H${WIDTH_PX}`} />}
        {x !== null && <path className={styles.cross} d={`M${x} 0V${HEIGHT_PX}`} />}
        {[...lines].reverse().map((line) => (
          <path key={line.name} className={styles.line} d={chartPath(above(line.values), scale)} />
        ))}
      </svg>
      <p className={styles.words}>{words(index)}</p>
    </figure>
  );
}
