import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LayoutBuilder } from '../media/layout.ts';
import { FsStore } from '../storage/fs-store.ts';
import { openLayout } from './layout-stream.ts';

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

async function collected(range?: { startByte: number; endByte: number }): Promise<Buffer> {
  return Buffer.concat(await openLayout(store, layoutOf(), range).toArray());
}

describe('the stream of a layout', () => {
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
    const bytes = Buffer.concat(await openLayout(counting, builder.build()).toArray());
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
    const stream = openLayout(store, layoutOf(), undefined, { signal: controller.signal });
    const reading = stream.toArray();
    controller.abort(new Error('gone'));
    await expect(reading).rejects.toThrow();
  });

  it('reads no more than is taken', async () => {
    let readBytes = 0;
    const counting = Object.create(store) as FsStore;
    counting.stream = (...args) => {
      const stream = store.stream(...args);
      stream.on('data', (chunk: Buffer) => {
        readBytes += chunk.length;
      });
      stream.pause();
      return stream;
    };
    const many = new LayoutBuilder();
    for (let i = 0; i < 20; i += 1) many.addObject('large', 0, LARGE_BYTES).addBytes(Buffer.from('x'));
    const slow = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => void wait(5).then(() => done()),
    });
    const stream = openLayout(counting, many.build());
    const ended = pipeline(stream, slow).catch(() => undefined);
    await wait(20);
    stream.destroy();
    await ended;
    expect(readBytes).toBeLessThan(5 * LARGE_BYTES);
  });
});
