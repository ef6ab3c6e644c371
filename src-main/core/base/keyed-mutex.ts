import { orAbort } from './abort.ts';

/** Runs work of one key one at a time, in the order of asking; other keys do not wait. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Runs `work` when all earlier work of `key` has ended. Rejects with the signal's reason when it aborts while
   * waiting; `work` is not called then, and who waits behind is not held up. Without a signal it waits as long as it
   * takes.
   */
  async run<T>(key: string, signal: AbortSignal | null, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    let release = () => {};
    const own = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tail = before.then(() => own);
    this.#tails.set(key, tail);
    try {
      await (signal ? orAbort(before, signal) : before);
      return await work();
    } finally {
      release();
      void tail.then(() => {
        if (this.#tails.get(key) === tail) this.#tails.delete(key);
      });
    }
  }

  /** How many keys are at work or waited for. */
  get size(): number {
    return this.#tails.size;
  }
}
