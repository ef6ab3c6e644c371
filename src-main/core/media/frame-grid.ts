/** See `frameGridTicks`. */
const GRID_HZ = 187.5;
/** Distances of a constant rate whose period is no whole number of ticks, 59.94 Hz for example, differ by one. */
const ROUNDING_TICKS = 1;
/** A source with more pictures than this many per grid step cannot be put on the grid. */
const LEAST_STEPS_APART = 1.5;

/**
 * The step, in ticks, that times of jittery pictures are rounded to: 5.3 ms, so nothing moves by more than 2.7 ms.
 *
 * Two things decide it, both of ffmpeg and of what is built on it. It takes the greatest common divisor of the first
 * twenty distances for the duration of a picture, but not if that means more than 210 pictures a second. And it must
 * not find a multiple of our step instead: a source of about 30 Hz on a grid of 120 Hz looks for twenty pictures like
 * 30 Hz exactly. The periods of 10, 15, 20, 24, 25, 29.97, 30, 50, 59.94 and 60 Hz are all far from multiples of
 * this one.
 */
export function frameGridTicks(timescale: number): number {
  return Math.max(Math.round(timescale / GRID_HZ), 1);
}

/**
 * Puts the pictures of one segment on the grid, or returns `null` when they can stay where they are.
 *
 * Frames of browsers jitter by milliseconds. ffmpeg guesses a rate and rounds all times to it when it converts; of
 * two pictures nearer to each other than a period some day both fall on one number, however small the jitter is, as
 * the guess and the source drift apart. So the threshold is the smallest one that means jitter at all: times that
 * differ from a constant rate by more than the rounding to ticks. With lost pictures a rate is still constant.
 *
 * `ticks` are ascending times on the axis of the recording, so that neighbours meet at the same grid line, and the
 * outcome does not depend on any other segment. `endTicks` is where the next one starts (itself rounded, if it is
 * jittery). The times returned ascend strictly, begin with the rounded first one, end before the rounded end, and
 * differ by at most half a step from those given; pictures nearer to each other than a step keep an order of ticks.
 */
export function onFrameGrid(ticks: Float64Array, endTicks: number, timescale: number): Float64Array | null {
  const step = frameGridTicks(timescale);
  const count = ticks.length;
  const span = endTicks - (ticks[0] ?? endTicks);
  if (span < count * LEAST_STEPS_APART * step || hasConstantRate(ticks)) return null;
  const settled = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    const rounded = roundTo(ticks[i]!, step);
    const before = settled[i - 1] ?? Number.NEGATIVE_INFINITY;
    settled[i] = rounded > before ? rounded : Math.max(ticks[i]!, before + 1);
  }
  let next = roundTo(endTicks, step);
  for (let i = count - 1; i >= 0 && settled[i]! >= next; i -= 1) {
    next -= 1;
    settled[i] = next;
  }
  return settled;
}

/** A time on the grid of `onFrameGrid`. */
export function roundTo(ticks: number, step: number): number {
  return Math.round(ticks / step) * step;
}

function hasConstantRate(ticks: Float64Array): boolean {
  let shortest = Infinity;
  for (let i = 1; i < ticks.length; i += 1) shortest = Math.min(shortest, ticks[i]! - ticks[i - 1]!);
  let periods = 0;
  for (let i = 1; i < ticks.length; i += 1) periods += Math.round((ticks[i]! - ticks[i - 1]!) / shortest);
  if (periods === 0) return true;
  const start = ticks[0]!;
  const period = (ticks.at(-1)! - start) / periods;
  let at = 0;
  for (let i = 1; i < ticks.length; i += 1) {
    at += Math.round((ticks[i]! - ticks[i - 1]!) / shortest);
    if (Math.abs(ticks[i]! - start - at * period) > ROUNDING_TICKS) return false;
  }
  return true;
}
