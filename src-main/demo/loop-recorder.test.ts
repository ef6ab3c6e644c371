import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../core/base/logger.ts';
import { ManualClock } from './fake-node/manual-clock.ts';
import { LoopRecorder } from './loop-recorder.ts';
import { loadLoop } from './loops/loop.ts';
import type { LoopRecording } from './loops/loop-recording.ts';

const LOOPS = join(import.meta.dirname, '../../resources/demo/loops');
const START_MS = 1_800_000_000_000;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'recorder-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function createRecorder(clock: ManualClock) {
  const recordings: LoopRecording[] = [];
  const recorder = new LoopRecorder({
    storageRoot: root,
    stream: 'lobby',
    loop: await loadLoop('lobby', join(LOOPS, 'lobby')),
    plan: { slots: { periodMs: 4000, offsetMs: 0 }, lengthMs: 24_000, waitMs: 1200 },
    clock,
    logger: silentLogger,
    listener: { onRecording: (recording) => recordings.push(recording), onProgress: () => {} },
  });
  return { recorder, recordings };
}

const files = (record: number) => readdir(join(root, 'lobby', String(record)));

it('writes a segment when its time is over and goes on with the next recording', async () => {
  const clock = new ManualClock(START_MS - 1500);
  const { recorder, recordings } = await createRecorder(clock);
  recorder.start();
  await clock.advance(1500);
  await clock.untilAsleep();
  expect(recordings).toHaveLength(1);
  expect(await files(START_MS / 1000)).toEqual(['a_init.m4s', 'v_init.m4s']);
  await clock.advance(9900);
  expect(await files(START_MS / 1000)).toEqual(['a_init.m4s', 'v_init.m4s']);
  await clock.advance(100);
  const first = ['a_init.m4s', 'a_seg_0001.m4s', 'manifest.mpd', 'v_init.m4s', 'v_seg_0001.m4s'];
  await clock.untilAsleep();
  expect(await files(START_MS / 1000)).toEqual(first);
  const manifest = await readFile(join(root, 'lobby', String(START_MS / 1000), 'manifest.mpd'), 'utf8');
  expect(manifest).toContain('type="dynamic"');

  for (let i = 0; i < 20; i++) {
    await clock.advance(1000);
    await clock.untilAsleep();
  }
  expect(recordings).toHaveLength(2);
  expect(recordings[0]!.endMs).toBe(START_MS + 22_800);
  expect(recordings[1]!.startMs).toBe(START_MS + 24_000);
  await recorder.stop();
  expect(recordings[1]!.endMs).toBe(START_MS + 30_000);
});

it('loses the unfinished segment when the node crashes', async () => {
  const clock = new ManualClock(START_MS);
  const { recorder, recordings } = await createRecorder(clock);
  await recorder.fillPast(START_MS - 24_000 * 2, new AbortController().signal);
  recorder.start();
  await clock.advance(4000);
  await recorder.stop({ isClean: false });
  expect(recordings.map((each) => [each.startMs - START_MS, each.endMs! - START_MS])).toEqual([
    [-48_000, -25_200],
    [-24_000, -1200],
    [0, 0],
  ]);
});

it('begins a new recording when the folder of the current one was removed', async () => {
  const clock = new ManualClock(START_MS);
  const { recorder, recordings } = await createRecorder(clock);
  recorder.start();
  await clock.untilAsleep();
  await rm(join(root, 'lobby'), { recursive: true });
  await clock.advance(10_000);
  await clock.untilAsleep();
  expect(recordings[0]!.endMs).toBe(START_MS);
  await clock.advance(6000);
  await clock.untilAsleep();
  await clock.advance(10_000);
  await clock.untilAsleep();
  expect(await files(recordings[1]!.startMs / 1000)).toContain('v_seg_0001.m4s');
  await recorder.stop();
});
