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
  const places = placesOf(list, keyOf);
  const isReplaced = changed.every((entry) => places.has(keyOf(entry)));
  if (isReplaced && !removed.some((key) => places.has(key))) {
    // The usual case, every second, with perhaps tens of thousands of entries: nothing is looked up or sorted again.
    const replaced = [...list];
    for (const entry of changed) replaced[places.get(keyOf(entry)) as number] = entry;
    placesByList.set(replaced, places);
    return replaced;
  }
  const byKey = new Map(list.map((entry) => [keyOf(entry), entry]));
  for (const key of removed) byKey.delete(key);
  for (const entry of changed) byKey.set(keyOf(entry), entry);
  return sortByKey([...byKey.values()], keyOf);
}

/** Where each key is in a list; lists are replaced, never changed. */
const placesByList = new WeakMap<readonly unknown[], ReadonlyMap<string, number>>();

function placesOf<T>(list: readonly T[], keyOf: (entry: T) => string): ReadonlyMap<string, number> {
  const known = placesByList.get(list);
  if (known) return known;
  const places = new Map(list.map((entry, index) => [keyOf(entry), index]));
  placesByList.set(list, places);
  return places;
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
