/** Rows that are drawn now, by what they show, and the React key that each is drawn under. */
export type DrawnRows = ReadonlyMap<string, number>;

/**
 * The React keys of these rows, in order, so that as much as possible of what is drawn is used again.
 *
 * Rows that stay keep their key. Those that come take the keys of those that go, which draws other values into
 * elements that are there; only rows that come above one that stays get new keys, because React would move all
 * those below them.
 */
export function recycleRows(before: DrawnRows, rows: readonly string[]): DrawnRows {
  const wanted = new Set(rows);
  const free: number[] = [];
  let unused = 0;
  for (const [row, key] of before) {
    if (!wanted.has(row)) free.push(key);
    unused = Math.max(unused, key + 1);
  }
  const lastStaying = rows.findLastIndex((row) => before.has(row));
  const drawn = new Map<string, number>();
  rows.forEach((row, index) => {
    const again = before.get(row) ?? (index > lastStaying ? free.shift() : undefined);
    drawn.set(row, again ?? unused++);
  });
  return drawn;
}
