/** Buffers of one size that are used again, which saves the garbage collection that new ones cause. */
export class SpareBuffers {
  readonly #spare: Buffer[] = [];

  /** `maxSpare`: how many are kept that nobody uses. */
  constructor(
    readonly sizeBytes: number,
    private readonly maxSpare: number,
    private readonly allocate: (sizeBytes: number) => Buffer = Buffer.allocUnsafeSlow,
  ) {}

  /** A buffer of `sizeBytes` with anything in it. */
  take(): Buffer {
    return this.#spare.pop() ?? this.allocate(this.sizeBytes);
  }

  /** Takes back a buffer that nothing reads and nothing fills any more. */
  giveBack(buffer: Buffer): void {
    if (this.#spare.length < this.maxSpare) this.#spare.push(buffer);
  }
}

/** A buffer that another thread can fill. */
export function sharedBuffer(sizeBytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(sizeBytes));
}
