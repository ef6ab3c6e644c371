/** Times of a track's samples, in ticks relative to the clip's in-point; negative ones are hidden. */
export interface FrameTimes {
  /** Ascending. */
  ticks: Float64Array;
  endTicks: number;
}

/** A step that is taken for a picture rate (finer ones are not) and that 30 and 60 Hz are multiples of. */
const GRID_HZ = 120;
/** ffmpeg judges the picture rate by the first hundred samples and by what it reads until it knows the sound. */
const HEAD_PICTURES = 128;
const HEAD_S = 1;
const LONG_PICTURE_S = 0.1;

/**
 * Adjusts picture times by a few milliseconds so that programs which guess a constant rate cope with the clip.
 *
 * Browsers' frames jitter. ffmpeg guesses a rate from the first pictures and rounds all times to it when it
 * converts, so that pictures collide and it complains. When the first seconds lie on a grid of 1/120 s, it takes that
 * for the rate and no two pictures collide. A recording with a constant rate is left as it is.
 *
 * The picture that covers the in-point is moved to it (those before are hidden): players leave out a picture that
 * begins before the edit, however long it lasts.
 */
export function settledFrameTimes(times: FrameTimes, timescale: number): FrameTimes {
  const { ticks, endTicks } = times;
  const covering = lastAtOrBefore(ticks, 0);
  const coveredUntil = ticks[covering + 1] ?? endTicks;
  const isLongHidden = (ticks[covering] ?? 0) < 0 && coveredUntil > LONG_PICTURE_S * timescale;
  if (!isLongHidden && hasConstantRate(ticks, timescale)) return times;

  const grid = Math.max(Math.floor(timescale / GRID_HZ), 1);
  const settled = Float64Array.from(ticks);
  // A picture that would be shown for less than a step gives way to the next one.
  const givesWay = covering >= 0 && covering + 1 < ticks.length && coveredUntil < grid;
  const anchor = givesWay ? covering + 1 : covering;
  if (anchor >= 0) settled[anchor] = 0;
  const head = Math.min(
    Math.max(lastAtOrBefore(ticks, HEAD_S * timescale) + 1, HEAD_PICTURES),
    settled.length,
  );
  for (let i = 0; i < head; i += 1) settled[i] = Math.round(settled[i]! / grid) * grid;
  for (let i = anchor - 1; i >= 0; i -= 1) settled[i] = Math.min(settled[i]!, settled[i + 1]! - grid);
  const isFast = settled.length > 1 && spanOf(ticks) / (settled.length - 1) < grid * 1.5;
  const leastStep = isFast ? 1 : grid;
  for (let i = Math.max(anchor, 0) + 1; i < settled.length; i += 1) {
    settled[i] = Math.max(settled[i]!, settled[i - 1]! + leastStep);
  }
  makeGridVisible(settled.subarray(0, head), anchor, grid);
  return { ticks: settled, endTicks: Math.max(endTicks, (settled.at(-1) ?? 0) + 1) };
}

/** Whether all distances are multiples of one that is itself a believable picture duration. */
function hasConstantRate(ticks: Float64Array, timescale: number): boolean {
  let divisor = 0;
  for (let i = 1; i < ticks.length; i += 1) divisor = greatestDivisor(divisor, ticks[i]! - ticks[i - 1]!);
  return divisor === 0 || divisor > timescale / GRID_HZ;
}

/** When the first pictures happen to lie on a coarser grid than ours, that would be taken for the rate: break it. */
function makeGridVisible(head: Float64Array, anchor: number, grid: number): void {
  let divisor = 0;
  for (let i = 5; i < Math.min(head.length, 18); i += 1) {
    divisor = greatestDivisor(divisor, head[i]! - head[i - 1]!);
  }
  if (divisor <= grid) return;
  const odd = anchor === 6 ? 7 : 6;
  if (odd + 1 < head.length) head[odd] = head[odd]! + grid;
}

function lastAtOrBefore(ticks: Float64Array, at: number): number {
  let low = 0;
  let high = ticks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ticks[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function spanOf(ticks: Float64Array): number {
  return (ticks.at(-1) ?? 0) - (ticks[0] ?? 0);
}

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
