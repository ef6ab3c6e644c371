/** Something that holds resources until it is closed. `close` may be called more than once. */
export interface Closeable {
  close(): Promise<void> | void;
}

/**
 * Owns what a part of the program has opened and closes it in reverse order.
 *
 * An error while closing one thing does not keep the others open; the first error is thrown at the end.
 */
export class ResourceStack implements Closeable {
  readonly #items: Closeable[] = [];
  #closing: Promise<void> | undefined;

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
      try {
        await item.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
