const MARGIN_PX = 2;

/**
 * The `d` of a line through values, oldest at the left, newest at the right edge; null breaks it.
 *
 * A line that hardly moves is drawn nearly level: the height stands for at least a quarter of the largest
 * value, so that noise does not look like news.
 */
export function linePath(
  values: readonly (number | null)[],
  widthPx: number,
  heightPx: number,
  capacity = values.length,
): string {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return '';
  const low = Math.min(...known);
  const high = Math.max(...known);
  const span = Math.max(high - low, high * 0.25, 1e-9);
  const middle = (low + high) / 2;
  const stepPx = widthPx / Math.max(1, capacity - 1);
  const leftPx = widthPx - stepPx * (values.length - 1);
  const innerPx = heightPx - 2 * MARGIN_PX;
  let path = '';
  let isPenDown = false;
  values.forEach((value, index) => {
    if (value === null) {
      isPenDown = false;
      return;
    }
    const x = leftPx + index * stepPx;
    const y = MARGIN_PX + innerPx * (0.5 - (value - middle) / span);
    path += `${isPenDown ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    isPenDown = true;
  });
  return path;
}
