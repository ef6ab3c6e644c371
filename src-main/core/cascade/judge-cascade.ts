/** What is seen of a relay of ours. */
export interface CascadeSight {
  readonly origin: 'viewers' | 'operator';
  /** Since it was made or, after a restart, since it was read. */
  readonly ageMs: number;
  /** Whether the node that has its session shows it; null while that node does not answer. */
  readonly isLinkShown: boolean | null;
  /** Whether the target has a connected publisher; null while it does not answer. */
  readonly hasArrived: boolean | null;
  /** How long nobody has taken the stream from the target; null while somebody does or nobody knows. */
  readonly idleForMs: number | null;
}

/** Snapshots lag behind: a relay is not called lost before they can show it. */
const SETTLING_MS = 10_000;

/**
 * Whether a relay stays (`keep`), has ended without us (`lost`), or is to be ended as nobody watches (`idle`).
 *
 * Relays that an operator made are never ended for being idle.
 */
export function judgeCascade(sight: CascadeSight, maximumIdleMs: number): 'keep' | 'lost' | 'idle' {
  const { ageMs, hasArrived, idleForMs, isLinkShown, origin } = sight;
  if (ageMs >= SETTLING_MS && (isLinkShown === false || (isLinkShown === null && hasArrived === false)))
    return 'lost';
  if (origin === 'viewers' && idleForMs !== null && idleForMs >= maximumIdleMs) return 'idle';
  return 'keep';
}
