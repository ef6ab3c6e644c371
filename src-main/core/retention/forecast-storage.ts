/** Streams that share a limit, or have none. */
export interface GrowingGroup {
  storedBytes: number;
  /** Recorded per day, 0 or more. */
  growthBytes: number;
  /** What they will take in the end; null where nothing limits them. */
  settlesAtBytes: number | null;
}

/** What a rule lets its streams take in the end, as they record now; null where they grow without end. */
export function settledBytes(
  growthBytes: number,
  { keepDays, maxBytes }: { keepDays: number | null; maxBytes: number | null },
): number | null {
  const limits = [keepDays === null ? Infinity : growthBytes * keepDays, maxBytes ?? Infinity];
  const lowest = Math.min(...limits);
  return Number.isFinite(lowest) ? Math.round(lowest) : null;
}

/**
 * Days until the groups together have taken `freeBytes` more; null when they never will.
 *
 * Each grows evenly until it settles. One that will shrink gives nothing back here, so that no promise rests on a
 * removal that may fail.
 */
export function fullInDays(groups: readonly GrowingGroup[], freeBytes: number): number | null {
  const growing = groups
    .filter(({ growthBytes }) => growthBytes > 0)
    .map(({ growthBytes, settlesAtBytes, storedBytes }) => ({
      growthBytes,
      untilDay: settlesAtBytes === null ? Infinity : Math.max(0, settlesAtBytes - storedBytes) / growthBytes,
    }))
    .sort((a, b) => a.untilDay - b.untilDay);
  let paceBytes = growing.reduce((sum, { growthBytes }) => sum + growthBytes, 0);
  let [day, leftBytes] = [0, freeBytes];
  for (const { growthBytes, untilDay } of growing) {
    const takenBytes = paceBytes * (untilDay - day);
    if (takenBytes >= leftBytes) return day + leftBytes / paceBytes;
    leftBytes -= takenBytes;
    day = untilDay;
    paceBytes -= growthBytes;
  }
  return null;
}

/** Days until a size limit is reached; 0 where it is, null where it never is. */
export function limitInDays(
  storedBytes: number,
  growthBytes: number,
  maxBytes: number | null,
): number | null {
  if (maxBytes === null) return null;
  if (storedBytes >= maxBytes) return 0;
  return growthBytes > 0 ? (maxBytes - storedBytes) / growthBytes : null;
}

/** What the streams of a rule, or those without one, record and have stored through one node or several. */
export interface Recorded<Rule> {
  readonly rule: Rule | undefined;
  readonly storedBytes: number;
  readonly growthBytes: number;
}

/** What is recorded and stored under each rule, which is not looked at. */
export function sumByRule<Rule>(recorded: readonly Recorded<Rule>[]): Map<Rule | undefined, GrowingGroup> {
  const groups = new Map<Rule | undefined, GrowingGroup>();
  for (const { growthBytes, rule, storedBytes } of recorded) {
    const group = groups.get(rule) ?? { storedBytes: 0, growthBytes: 0, settlesAtBytes: null };
    group.storedBytes += storedBytes;
    group.growthBytes += growthBytes;
    groups.set(rule, group);
  }
  return groups;
}

/**
 * What grows on one disk, by rule, with what of all the rule lets have.
 *
 * A size limit is shared by all disks as they grow: the oldest goes first, wherever it lies.
 */
export function groupsOn<Rule extends { keepDays: number | null; maxBytes: number | null }>(
  onDisk: readonly Recorded<Rule>[],
  ofAll: ReadonlyMap<Rule | undefined, { readonly growthBytes: number }>,
): GrowingGroup[] {
  const groups = sumByRule(onDisk);
  for (const [rule, group] of groups) {
    if (!rule) continue;
    const share = group.growthBytes / (ofAll.get(rule)?.growthBytes || 1);
    const maxBytes = rule.maxBytes === null ? null : rule.maxBytes * share;
    group.settlesAtBytes = settledBytes(group.growthBytes, { keepDays: rule.keepDays, maxBytes });
  }
  return [...groups.values()];
}
