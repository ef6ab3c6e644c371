import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type BuiltWorker, buildWorker } from '../base/worker-test-kit.ts';
import { buildClip, type ClipInput, type ClipTrack } from '../media/clip-layout.ts';
import { clipTrack, loadTrack } from '../media/media-test-kit.ts';
import { ClipBuilder } from './clip-builder.ts';

const FOLDER = 'v0.9.0/recordings/cam1/1795345823';
/** 20 times 35 s: more samples than are built at once. */
const TIMES = 20;

let worker: BuiltWorker;
let builder: ClipBuilder;

beforeAll(async () => {
  worker = await buildWorker(path.join(import.meta.dirname, 'clip-worker.ts'));
});
afterEach(() => builder.close());
afterAll(() => worker.remove());

async function longClip(lengthSec: number): Promise<ClipInput> {
  const tracks = await Promise.all(
    ['v_', 'a_'].map(async (prefix) => clipTrack(await loadTrack(FOLDER, prefix), 0)),
  );
  const repeated = tracks.map((track): ClipTrack => {
    const segments = Array.from({ length: TIMES }, (_, i) =>
      track.segments.map((segment) => ({ ...segment, zeroUs: i * 35_100_000 })),
    );
    return { ...track, segments: segments.flat() };
  });
  // Each place has tables of its own, as read from storage.
  return structuredClone({ startUs: 5_000_000, endUs: 5_000_000 + lengthSec * 1e6, tracks: repeated });
}

it('gives the same clip from a thread as without one', async () => {
  builder = new ClipBuilder(worker.url);
  const [inThread, here] = [await builder.build(await longClip(600)), buildClip(await longClip(600))];
  expect(inThread.videoFrames).toBe(here.videoFrames);
  expect(inThread.layout.sizeBytes).toBe(here.layout.sizeBytes);
  expect(inThread.layout.parts).toEqual(here.layout.parts);
});

it('hands an error of the thread on with its code', async () => {
  builder = new ClipBuilder(worker.url);
  const input = await longClip(600);
  const nothing = builder.build({ ...input, startUs: 1e15, endUs: 1e15 + 1e6 });
  await expect(nothing).rejects.toMatchObject({ name: 'AppError', code: 'no_media' });
});

it('does not wait for a clip that nobody wants any more', async () => {
  builder = new ClipBuilder(worker.url);
  const controller = new AbortController();
  const building = builder.build(await longClip(600), controller.signal);
  controller.abort(new Error('gone'));
  await expect(building).rejects.toThrow('gone');
  await expect(builder.build(await longClip(60))).resolves.toMatchObject({ durationUs: 60_000_000 });
});

it('fails when the thread cannot be started, and does not hang', async () => {
  builder = new ClipBuilder(new URL('nowhere.mjs', worker.url));
  await expect(builder.build(await longClip(600))).rejects.toThrow();
});
