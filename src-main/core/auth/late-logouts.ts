import { hashOf } from './secret-values.ts';

const MAX_WAITING = 1000;

/**
 * Who wanted to log out while the database was away: refused here at once, and ended for all when it is back.
 *
 * For the time of this process; by value of the session or token.
 */
export class LateLogouts {
  readonly #values = new Map<string, string>();

  /** Whether somebody wanted to end it. */
  has(value: string): boolean {
    return this.#values.size > 0 && this.#values.has(hashOf(value));
  }

  add(value: string): void {
    const oldest = this.#values.keys().next().value;
    if (this.#values.size >= MAX_WAITING && oldest !== undefined) this.#values.delete(oldest);
    this.#values.set(hashOf(value), value);
  }

  /** Ends those that wait; what `end` rejects for waits on. */
  async endAll(end: (value: string) => Promise<void>): Promise<void> {
    for (const [key, value] of this.#values) {
      await end(value).then(
        () => this.#values.delete(key),
        () => undefined,
      );
    }
  }
}
