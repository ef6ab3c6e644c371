/**
 * A fragment as the player has it: where it lies on the media axis, and at what wall time it was recorded.
 *
 * Fragments are sorted; on the media axis they follow each other, in wall time there may be gaps between
 * them. `wallStartUs` is null where the playlist gives none.
 */
export interface ClockFragment {
  readonly mediaStartMs: number;
  readonly durationMs: number;
  readonly wallStartUs: number | null;
}

/** Where a wall time is found: in a fragment, in a gap between two, or outside of the playlist. */
export type MediaPosition =
  | { readonly kind: 'inside'; readonly mediaMs: number }
  | {
      readonly kind: 'gap';
      /** Where playing goes on after the gap. */
      readonly nextMediaMs: number;
      readonly nextWallUs: number;
      readonly previousEndUs: number;
    }
  | { readonly kind: 'before'; readonly firstWallUs: number; readonly firstMediaMs: number }
  | { readonly kind: 'after'; readonly lastWallUs: number; readonly lastMediaMs: number }
  | { readonly kind: 'unknown' };

/** Holes shorter than this are rounding between segments, not gaps. */
export const GAP_TOLERANCE_US = 250_000;

const US_PER_MS = 1000;

/** Index of the fragment that holds the media time, the last one where it lies behind the end; -1: none. */
export function findFragmentIndex(fragments: readonly ClockFragment[], mediaMs: number): number {
  let low = 0;
  let high = fragments.length - 1;
  let found = -1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (fragments[middle]!.mediaStartMs <= mediaMs) {
      found = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}

/** Wall time of a media time, microseconds; null without fragments or without wall times. */
export function wallUsOf(fragments: readonly ClockFragment[], mediaMs: number): number | null {
  const index = Math.max(0, findFragmentIndex(fragments, mediaMs));
  const fragment = fragments[index];
  if (!fragment || fragment.wallStartUs === null) return null;
  return Math.round(fragment.wallStartUs + (mediaMs - fragment.mediaStartMs) * US_PER_MS);
}

/** Media time of a wall time. A hole of up to 250 ms counts as part of the fragment before it. */
export function mediaPositionOf(fragments: readonly ClockFragment[], wallUs: number): MediaPosition {
  const timed = fragments.filter(hasWallTime);
  const first = timed[0];
  const last = timed.at(-1);
  if (!first || !last) return { kind: 'unknown' };
  if (wallUs < first.wallStartUs - GAP_TOLERANCE_US)
    return { kind: 'before', firstWallUs: first.wallStartUs, firstMediaMs: first.mediaStartMs };
  const index = Math.max(0, lastStartedBy(timed, wallUs));
  const fragment = timed[index]!;
  const endUs = fragment.wallStartUs + fragment.durationMs * US_PER_MS;
  if (wallUs < endUs) {
    const insideMs = Math.max(0, (wallUs - fragment.wallStartUs) / US_PER_MS);
    return { kind: 'inside', mediaMs: fragment.mediaStartMs + insideMs };
  }
  const next = timed[index + 1];
  if (!next)
    return { kind: 'after', lastWallUs: endUs, lastMediaMs: fragment.mediaStartMs + fragment.durationMs };
  if (next.wallStartUs - endUs <= GAP_TOLERANCE_US) return { kind: 'inside', mediaMs: next.mediaStartMs };
  return {
    kind: 'gap',
    nextMediaMs: next.mediaStartMs,
    nextWallUs: next.wallStartUs,
    previousEndUs: Math.round(endUs),
  };
}

/** Media time of the first fragment that starts after `mediaMs`; null where that is the last one. */
export function nextFragmentStartMs(fragments: readonly ClockFragment[], mediaMs: number): number | null {
  return fragments[findFragmentIndex(fragments, mediaMs) + 1]?.mediaStartMs ?? null;
}

type TimedFragment = ClockFragment & { readonly wallStartUs: number };

function hasWallTime(fragment: ClockFragment): fragment is TimedFragment {
  return fragment.wallStartUs !== null;
}

function lastStartedBy(fragments: readonly TimedFragment[], wallUs: number): number {
  let low = 0;
  let high = fragments.length - 1;
  let found = -1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (fragments[middle]!.wallStartUs <= wallUs) {
      found = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}
