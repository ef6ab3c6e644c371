/** What one read fetches: large enough to be quick, small enough to stay in the processor's cache until it is sent. */
export const CHUNK_BYTES = 512 * 1024;
const MAX_SPARE = 16;

const spare: Buffer[] = [];

/** A buffer of `CHUNK_BYTES` with anything in it. */
export function takeChunkBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
}

/** Takes back a buffer that nothing reads and nothing fills any more. */
export function giveBackChunkBuffer(buffer: Buffer): void {
  if (spare.length < MAX_SPARE) spare.push(buffer);
}
