import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';

/** What is known of how far a node's clock is ahead of ours: between `minMs` and `maxMs`. */
export interface ClockOffset {
  readonly minMs: number;
  readonly maxMs: number;
}

/** A clock this wrong shifts recordings visibly and is worth a warning. */
export const CLOCK_ALARM_MS = 2 * MS_PER_SECOND;

/**
 * Narrows the known offset by one answer.
 *
 * The Date header has whole seconds: when it says `dateMs`, the node's clock was somewhere in the second that
 * begins there, at some moment between our sending and receiving. Many answers together pin it down to some
 * milliseconds. When an answer contradicts what was known, a clock was set, and only the answer counts.
 */
export function narrowClockOffset(
  known: ClockOffset | null,
  answer: { readonly dateMs: number; readonly sentAtMs: number; readonly roundTripMs: number },
): ClockOffset {
  const sample = {
    minMs: answer.dateMs - (answer.sentAtMs + answer.roundTripMs),
    maxMs: answer.dateMs + MS_PER_SECOND - answer.sentAtMs,
  };
  if (!known) return sample;
  const both = { minMs: Math.max(known.minMs, sample.minMs), maxMs: Math.min(known.maxMs, sample.maxMs) };
  return both.minMs <= both.maxMs ? both : sample;
}

/** The middle of what is known, whole milliseconds. */
export function offsetEstimateMs(offset: ClockOffset): number {
  return Math.round((offset.minMs + offset.maxMs) / 2);
}

/** The first answers tell the offset only to half a second; saying it then would be a false alarm. */
const SURE_WIDTH_MS = 250;

/** The offset where it is known well enough to be shown, or is large in any case; null otherwise. */
export function knownOffsetMs(offset: ClockOffset): number | null {
  const isLarge = offset.minMs > CLOCK_ALARM_MS || offset.maxMs < -CLOCK_ALARM_MS;
  return isLarge || offset.maxMs - offset.minMs <= SURE_WIDTH_MS ? offsetEstimateMs(offset) : null;
}
