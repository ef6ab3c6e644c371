/**
 * How well a text fits what was typed: 0 best, null not at all.
 *
 * All words must occur; one at the start of the text or of a word counts for more.
 */
export function matchRank(text: string, query: string): number | null {
  const haystack = text.toLowerCase();
  let rank = 0;
  for (const word of query.toLowerCase().split(/\s+/)) {
    if (word === '') continue;
    const at = haystack.indexOf(word);
    if (at < 0) return null;
    if (at > 0) rank += /[\s/_.\-:]/.test(haystack[at - 1] ?? '') ? 1 : 2;
  }
  return rank;
}

/** The entries whose text fits, best first, otherwise in their order; at most `limit`. */
export function filterByText<T>(
  entries: readonly T[],
  query: string,
  textOf: (entry: T) => string,
  limit = Number.POSITIVE_INFINITY,
): T[] {
  const found: { entry: T; rank: number; index: number }[] = [];
  entries.forEach((entry, index) => {
    const rank = matchRank(textOf(entry), query);
    if (rank !== null) found.push({ entry, rank, index });
  });
  found.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return found.slice(0, limit).map(({ entry }) => entry);
}
