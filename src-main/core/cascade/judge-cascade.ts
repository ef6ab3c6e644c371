/** What is seen of a relay of ours. */
export interface CascadeSight {
  readonly origin: 'viewers' | 'operator';
  /** Since it was made or, after a restart, since it was read. */
  readonly ageMs: number;
  /** Whether the node that has its session shows it; null while that node does not answer. */
  readonly isLinkShown: boolean | null;
  /** Whether the target has a connected publisher; null while it does not answer. */
  readonly hasArrived: boolean | null;
  /** Whether the end that did not make it shows its session; null while that does not answer, or nobody said which. */
  readonly isPeerShown: boolean | null;
  /** For how long its session has been lost, or its target without a connected publisher; null when it works. */
  readonly brokenForMs: number | null;
  /** How long nobody has taken the stream from the target; null while somebody does or nobody knows. */
  readonly idleForMs: number | null;
}

/** Snapshots lag behind: a relay is not called lost before they can show it. */
const SETTLING_MS = 10_000;
/** Today's nodes list a lost session for minutes; a connection that comes back does so within seconds. */
const BROKEN_MS = 10_000;

/**
 * Whether a relay stays (`keep`), has ended without us (`lost`), or is to be ended as nobody watches (`idle`).
 *
 * Relays that an operator made are never ended for being idle.
 */
export function judgeCascade(sight: CascadeSight, maximumIdleMs: number): 'keep' | 'lost' | 'idle' {
  const { ageMs, brokenForMs, hasArrived, idleForMs, isLinkShown, isPeerShown, origin } = sight;
  if (ageMs >= SETTLING_MS && (isLinkShown === false || (isLinkShown === null && hasArrived === false)))
    return 'lost';
  // A node that was killed never says that its link is gone; the other end does.
  const isTold = isLinkShown !== null || isPeerShown === false;
  if (ageMs >= SETTLING_MS && brokenForMs !== null && brokenForMs >= BROKEN_MS && isTold) return 'lost';
  if (origin === 'viewers' && idleForMs !== null && idleForMs >= maximumIdleMs) return 'idle';
  return 'keep';
}
