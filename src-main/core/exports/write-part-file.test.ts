import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LayoutBuilder } from '../media/layout.ts';
import type { Clip } from '../playback/clip-service.ts';
import { FsStore } from '../storage/fs-store.ts';
import { removePartFiles, writePartFile } from './write-part-file.ts';

const OBJECT_BYTES = 5_000_000;
const REPEATS = 16;
const object = Buffer.from(Uint8Array.from({ length: OBJECT_BYTES }, (_, i) => (i * 7 + (i >> 8)) % 253));

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'liveman-part-'));
  folder = path.join(root, 'clips');
  await writeFile(path.join(root, 'object'), object);
  await mkdir(folder);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** 80 MB: more than is written again after a crash. */
function clipOf(etag: string, repeats = REPEATS): Clip {
  const builder = new LayoutBuilder();
  for (let i = 0; i < repeats; i += 1)
    builder.addBytes(Buffer.from([i])).addObject('object', 0, OBJECT_BYTES);
  return {
    layout: builder.build(),
    etag,
    fileName: 'clip.mp4',
    durationUs: 0,
    startUs: 0,
    startsEarlyUs: 0,
    gaps: [],
    videoFrames: 0,
    warnings: [],
  };
}

async function write(clip: Clip, options: { signal?: AbortSignal; stopAtByte?: number } = {}) {
  const controller = new AbortController();
  const seen: number[] = [];
  const partPath = await writePartFile({
    store: new FsStore(root),
    clip,
    folder,
    jobId: 'job1',
    signal: options.signal ?? controller.signal,
    onProgress: (writtenBytes) => {
      seen.push(writtenBytes);
      if (writtenBytes >= (options.stopAtByte ?? Infinity)) controller.abort(new Error('killed'));
    },
  });
  return { partPath, seen };
}

async function isWhole(partPath: string): Promise<boolean> {
  const bytes = await readFile(partPath);
  const expected = Buffer.concat(
    Array.from({ length: REPEATS }, (_, i) => [Buffer.from([i]), object]).flat(),
  );
  return bytes.equals(expected);
}

describe('the part file', () => {
  it('holds the clip and tells how far it is', async () => {
    const { partPath, seen } = await write(clipOf('e1'));
    expect(await isWhole(partPath)).toBe(true);
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(REPEATS * (OBJECT_BYTES + 1));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('is gone on with after a crash, not begun again', async () => {
    await expect(write(clipOf('e1'), { stopAtByte: 75_000_000 })).rejects.toThrow('killed');
    const { partPath, seen } = await write(clipOf('e1'));
    // The last 64 MiB are not trusted.
    expect(seen[0]).toBeGreaterThan(5_000_000);
    expect(await isWhole(partPath)).toBe(true);
  });

  it('does not trust what a crash left at its end', async () => {
    const { partPath } = await write(clipOf('e1'));
    const { size } = await stat(partPath);
    await truncate(partPath, size - 1_000_000);
    await truncate(partPath, size);
    await write(clipOf('e1'));
    expect(await isWhole(partPath)).toBe(true);
  });

  it('is begun again when the clip has changed', async () => {
    await expect(write(clipOf('e1'), { stopAtByte: 20_000_000 })).rejects.toThrow('killed');
    const { partPath, seen } = await write(clipOf('e2'));
    expect(seen[0]).toBe(0);
    expect(await readdir(folder)).toEqual([path.basename(partPath)]);
  });

  it('is removed with the job, and nothing else', async () => {
    await write(clipOf('e1', 1));
    await writeFile(path.join(folder, 'clip.mp4'), 'mine');
    await writeFile(path.join(folder, 'clip.mp4.job2.e1.part'), 'of another');
    await removePartFiles(folder, 'job1');
    expect((await readdir(folder)).sort()).toEqual(['clip.mp4', 'clip.mp4.job2.e1.part']);
  });

  it('fails when an object is shorter than the index says', async () => {
    await truncate(path.join(root, 'object'), 4_000_000);
    await expect(write(clipOf('e1'))).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});
