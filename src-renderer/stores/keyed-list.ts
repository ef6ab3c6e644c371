/**
 * A list with some entries replaced, added or removed, ordered by key.
 *
 * Entries that did not change keep their identity, and the list itself does when nothing did, so that rows
 * are drawn anew only where there is something new.
 */
export function mergeByKey<T>(
  list: readonly T[],
  changed: readonly T[],
  removed: readonly string[],
  keyOf: (entry: T) => string,
): readonly T[] {
  if (changed.length === 0 && removed.length === 0) return list;
  const byKey = new Map(list.map((entry) => [keyOf(entry), entry]));
  for (const key of removed) byKey.delete(key);
  for (const entry of changed) byKey.set(keyOf(entry), entry);
  return sortByKey([...byKey.values()], keyOf);
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Orders names as a person would: edge-2 before edge-10. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** A copy of a list ordered by key. */
export function sortByKey<T>(list: readonly T[], keyOf: (entry: T) => string): readonly T[] {
  return [...list].sort((a, b) => compareNames(keyOf(a), keyOf(b)));
}
