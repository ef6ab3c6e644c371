import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LayoutBuilder } from '../media/layout.ts';
import { FsStore } from '../storage/fs-store.ts';
import { layoutChunks } from './layout-chunks.ts';

const LARGE_BYTES = 3_000_000;
let folder: string;
let store: FsStore;
const large = Buffer.from(Uint8Array.from({ length: LARGE_BYTES }, (_, i) => (i * 31) % 251));
const small = Buffer.from('0123456789');

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-layout-'));
  await writeFile(path.join(folder, 'large'), large);
  await writeFile(path.join(folder, 'small'), small);
  store = new FsStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const layoutOf = () =>
  new LayoutBuilder()
    .addBytes(Buffer.from('head'))
    .addObject('large', 10, LARGE_BYTES - 10)
    .addObject('small', 2, 5)
    .addBytes(Buffer.from('tail'))
    .build();
const whole = Buffer.concat([
  Buffer.from('head'),
  large.subarray(10),
  small.subarray(2, 7),
  Buffer.from('tail'),
]);

function collected(range?: { startByte: number; endByte: number }): Promise<Buffer> {
  return joined(layoutChunks(store, layoutOf(), range));
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

describe('the chunks of a layout', () => {
  it('gives its bytes in order', async () => {
    expect((await collected()).equals(whole)).toBe(true);
  });

  it.each([
    [0, 4],
    [2, 9],
    [1_000_000, 2_500_000],
    [LARGE_BYTES - 10, whole.length],
    [7, 7],
  ])('gives the bytes from %d to before %d', async (startByte, endByte) => {
    expect((await collected({ startByte, endByte })).equals(whole.subarray(startByte, endByte))).toBe(true);
  });

  it('reads ranges that lie close together at once, and gives only them', async () => {
    const builder = new LayoutBuilder();
    const wanted: Buffer[] = [];
    for (let offset = 0; offset + 900 < LARGE_BYTES; offset += 1000) {
      builder.addObject('large', offset, 900);
      wanted.push(large.subarray(offset, offset + 900));
    }
    builder.addObject('large', 100, 50).addObject('small', 0, 3);
    wanted.push(large.subarray(100, 150), small.subarray(0, 3));
    let reads = 0;
    const counting = Object.create(store) as FsStore;
    counting.read = (...args) => {
      reads += 1;
      return store.read(...args);
    };
    const bytes = await joined(layoutChunks(counting, builder.build()));
    expect(bytes.equals(Buffer.concat(wanted))).toBe(true);
    expect(reads).toBeLessThan(12);
  });

  it.each(['large', 'small'])('fails when %s is shorter than the layout says', async (name) => {
    await truncate(path.join(folder, name), 6);
    await expect(collected()).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it('fails when an object is gone', async () => {
    await rm(path.join(folder, 'large'));
    await expect(collected()).rejects.toMatchObject({ code: 'object_missing' });
  });

  it('stops when the caller goes away', async () => {
    const controller = new AbortController();
    const reading = joined(layoutChunks(store, layoutOf(), undefined, { signal: controller.signal }));
    controller.abort(new Error('gone'));
    await expect(reading).rejects.toThrow();
  });

  it('reads no more than is taken, and closes what it has open', async () => {
    let openCount = 0;
    let readBytes = 0;
    const counting = Object.create(store) as FsStore;
    counting.chunks = async function* (...args) {
      openCount += 1;
      try {
        for await (const chunk of store.chunks(...args)) {
          readBytes += chunk.length;
          yield chunk;
        }
      } finally {
        openCount -= 1;
      }
    };
    const many = new LayoutBuilder();
    for (let i = 0; i < 20; i += 1) many.addObject('large', 0, LARGE_BYTES).addBytes(Buffer.from('x'));
    let takenBytes = 0;
    for await (const chunk of layoutChunks(counting, many.build())) {
      takenBytes += chunk.length;
      if (takenBytes > 1.5 * LARGE_BYTES) break;
    }
    expect(readBytes).toBeLessThan(takenBytes + LARGE_BYTES);
    expect(openCount).toBe(0);
  });
});
