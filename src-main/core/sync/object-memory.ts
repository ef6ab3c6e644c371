/** Small objects that were read lately, up to a total; what was not used for longest goes first. */
export class ObjectMemory {
  readonly #objects = new Map<string, Buffer>();
  #usedBytes = 0;

  /** Bytes kept at most in all. */
  constructor(private readonly maxBytes: number) {}

  /** Larger objects are not kept. */
  get largestBytes(): number {
    return Math.floor(this.maxBytes / 4);
  }

  get(key: string): Buffer | undefined {
    const bytes = this.#objects.get(key);
    if (bytes === undefined) return undefined;
    this.#objects.delete(key);
    this.#objects.set(key, bytes);
    return bytes;
  }

  /** Forgets every object whose key begins so. */
  forget(prefix: string): void {
    for (const [key, { length }] of this.#objects) {
      if (!key.startsWith(prefix)) continue;
      this.#objects.delete(key);
      this.#usedBytes -= length;
    }
  }

  set(key: string, bytes: Buffer): void {
    this.#usedBytes += bytes.length - (this.#objects.get(key)?.length ?? 0);
    this.#objects.delete(key);
    this.#objects.set(key, bytes);
    for (const [oldest, { length }] of this.#objects) {
      if (this.#usedBytes <= this.maxBytes) break;
      this.#objects.delete(oldest);
      this.#usedBytes -= length;
    }
  }
}
