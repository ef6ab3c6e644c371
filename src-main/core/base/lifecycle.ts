/** Something that holds resources until it is closed. `close` may be called more than once. */
export interface Closeable {
  close(): Promise<void> | void;
}

const SLOW_CLOSE_MS = 3000;

/**
 * Owns what a part of the program has opened and closes it in reverse order.
 *
 * An error while closing one thing does not keep the others open; the first error is thrown at the end.
 */
export class ResourceStack implements Closeable {
  readonly #items: Closeable[] = [];
  #closing: Promise<void> | undefined;
  /** Told what is being closed once that takes 3 s. */
  onSlow: ((part: string) => void) | undefined;

  /** Registers `item` and returns it. */
  use<T extends Closeable>(item: T): T {
    this.#items.push(item);
    return item;
  }

  /** Registers a function to be called on close. */
  defer(close: () => Promise<void> | void): void {
    this.#items.push({ close });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let item = this.#items.pop(); item; item = this.#items.pop()) {
      const timer = setTimeout(() => this.onSlow?.(nameOf(item)), SLOW_CLOSE_MS);
      try {
        await item.close();
      } catch (error) {
        errors.push(error);
      } finally {
        clearTimeout(timer);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** Its class, or what it consists of. */
function nameOf(item: Closeable): string {
  const { name } = item.constructor;
  return name === 'Object' ? Object.keys(item).join(', ') : name;
}
