import { linePath } from './sparkline-path.ts';

export interface SparklineProps {
  /** Oldest first; null breaks the line. */
  readonly values: readonly (number | null)[];
  readonly widthPx: number;
  readonly heightPx: number;
  /** What it shows, for those who do not see it; without one it is decoration. */
  readonly label?: string;
  readonly color?: string;
  /** The line spans the width with this many values; fewer leave the left empty. */
  readonly capacity?: number;
  readonly className?: string;
}

/** A small line of recent values; its lowest point is not zero. */
export function Sparkline(props: SparklineProps) {
  const { values, widthPx, heightPx, label, color = 'currentColor', capacity, className } = props;
  const path = linePath(values, widthPx, heightPx, capacity);
  return (
    <svg
      className={className}
      width={widthPx}
      height={heightPx}
      viewBox={`0 0 ${widthPx} ${heightPx}`}
      preserveAspectRatio="none"
      role={label ? 'img' : 'presentation'}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      <path
        d={path}
        fill="none"
        stroke={color}
        strokeWidth={1.25}
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
