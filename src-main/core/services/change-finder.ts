/** Items whose numbers only moved are sent this many at a time; the others wait their turn. */
const MAX_MOVED = 1000;

/**
 * Finds what differs from what was sent before, by the identity of the items.
 *
 * What an operator must see at once (`isAlike` says no) is always among them. Items that only differ in rates are
 * taken in turn when there are very many, so that a window of a large cluster is not flooded.
 */
export class ChangeFinder<T> {
  #sent = new Map<string, T>();
  /** Where the turn goes on. */
  #turn = 0;

  constructor(
    private readonly keyOf: (item: T) => string,
    private readonly isAlike: (a: T, b: T) => boolean,
    private readonly maxMoved = MAX_MOVED,
  ) {}

  /** What to send now; null for nothing. It counts as sent. */
  next(items: readonly T[]): { changed: T[]; removed: string[] } | null {
    const changed: T[] = [];
    const moved: number[] = [];
    for (const [index, item] of items.entries()) {
      const before = this.#sent.get(this.keyOf(item));
      if (before === item) continue;
      if (before === undefined || !this.isAlike(before, item)) changed.push(item);
      else moved.push(index);
    }
    changed.push(...this.#takeTurn(moved).map((index) => items[index] as T));
    for (const item of changed) this.#sent.set(this.keyOf(item), item);
    const removed = this.#sent.size > items.length ? this.#removed(items) : [];
    return changed.length > 0 || removed.length > 0 ? { changed, removed } : null;
  }

  clear(): void {
    this.#sent.clear();
    this.#turn = 0;
  }

  #takeTurn(moved: number[]): number[] {
    if (moved.length <= this.maxMoved) return moved;
    const first = moved.findIndex((index) => index >= this.#turn);
    const start = first === -1 ? 0 : first;
    const taken = [...moved.slice(start), ...moved.slice(0, start)].slice(0, this.maxMoved);
    this.#turn = (taken.at(-1) ?? 0) + 1;
    return taken;
  }

  #removed(items: readonly T[]): string[] {
    const keys = new Set(items.map(this.keyOf));
    const removed = [...this.#sent.keys()].filter((key) => !keys.has(key));
    for (const key of removed) this.#sent.delete(key);
    return removed;
  }
}
