/** A Uint32Array that grows; for tables whose length is not known before. */
export class GrowingUint32Array {
  #values = new Uint32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(...values: number[]): void {
    if (this.#length + values.length > this.#values.length) {
      const larger = new Uint32Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set(values, this.#length);
    this.#length += values.length;
  }

  /** The value at `index`, counted from the end when negative; `undefined` outside. */
  at(index: number): number | undefined {
    const at = index < 0 ? this.#length + index : index;
    return at < this.#length ? this.#values[at] : undefined;
  }

  /** Replaces the value at `index`, counted from the end when negative. */
  set(index: number, value: number): void {
    this.#values[index < 0 ? this.#length + index : index] = value;
  }

  /** Forgets all but the first `length` values. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** The values in network byte order. */
  toBigEndian(): Uint8Array {
    return Buffer.from(this.#values.slice(0, this.#length).buffer).swap32();
  }
}
