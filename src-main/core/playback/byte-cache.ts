/** Keeps what was used last, up to a number of bytes; what is larger than that is not kept. */
export class ByteCache<T> {
  readonly #entries = new Map<string, { value: T; sizeBytes: number }>();
  #heldBytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    // A Map keeps the order of insertion: the first entry is the one not used for longest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: T, sizeBytes: number): void {
    this.delete(key);
    if (sizeBytes > this.maxBytes) return;
    this.#entries.set(key, { value, sizeBytes });
    this.#heldBytes += sizeBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#heldBytes <= this.maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#heldBytes -= entry.sizeBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }
}
