/** For how long something has been so without a break, by id. */
export class SoLong {
  readonly #sinceMs = new Map<string, number>();

  /** Takes note of whether it is so at `nowMs` (monotonic); answers for how many milliseconds, null when it is not. */
  note(id: string, isSo: boolean, nowMs: number): number | null {
    if (!isSo) this.#sinceMs.delete(id);
    else if (!this.#sinceMs.has(id)) this.#sinceMs.set(id, nowMs);
    const sinceMs = this.#sinceMs.get(id);
    return sinceMs === undefined ? null : nowMs - sinceMs;
  }

  /** Begins anew. */
  forget(id: string): void {
    this.#sinceMs.delete(id);
  }

  /** Forgets all others. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#sinceMs.keys()) if (!ids.has(id)) this.#sinceMs.delete(id);
  }
}
