const TOP_PX = 2;

/** Where values lie in a chart: from zero at the bottom to `top` at the top. */
export interface ChartScale {
  readonly widthPx: number;
  readonly heightPx: number;
  /** The value at the upper edge. */
  readonly top: number;
  /** The width is divided for this many values; fewer leave the left empty. */
  readonly capacity: number;
}

/** The x of the value at `index` of `count`; the newest is at the right edge. */
export function chartX(index: number, count: number, { capacity, widthPx }: ChartScale): number {
  return widthPx - ((count - 1 - index) * widthPx) / Math.max(1, capacity - 1);
}

/** The index of the value that is nearest to an x; null where there is none. */
export function chartIndexAt(x: number, count: number, { capacity, widthPx }: ChartScale): number | null {
  if (count === 0) return null;
  const fromRight = Math.round(((widthPx - x) * Math.max(1, capacity - 1)) / widthPx);
  const index = count - 1 - fromRight;
  return index < 0 ? null : Math.min(count - 1, index);
}

export function chartY(value: number, { heightPx, top }: ChartScale): number {
  return heightPx - (Math.min(value, top) / Math.max(top, 1e-9)) * (heightPx - TOP_PX);
}

/** The `d` of a line through values, oldest first; null breaks it, and a value alone is a short stroke. */
export function chartPath(values: readonly (number | null)[], scale: ChartScale): string {
  let path = '';
  values.forEach((value, index) => {
    if (value === null) return;
    const x = chartX(index, values.length, scale).toFixed(1);
    const y = chartY(value, scale).toFixed(1);
    const isStart = index === 0 || values[index - 1] === null;
    const isAlone = isStart && (values[index + 1] ?? null) === null;
    path += `${isStart ? 'M' : 'L'}${x} ${y}${isAlone ? 'h-2' : ''}`;
  });
  return path;
}
