import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRecordings } from './found-recordings.ts';
import { type Loop, loadLoop, loopUs } from './loop.ts';
import { LoopRecording } from './loop-recording.ts';
import { nextSlot, planRecording } from './recording-plan.ts';
import { readSampleCount, segmentParts } from './segment-bytes.ts';

const LOOPS = join(import.meta.dirname, '../../../resources/demo/loops');
const START_MS = 1_800_000_000_000;
const never = new AbortController().signal;

let root: string;
let loop: Loop;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'loops-'));
  loop = await loadLoop('lobby', join(LOOPS, 'lobby'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('ships loops of exactly one minute in both tracks', async () => {
  for (const name of await readdir(LOOPS)) {
    const { video, audio } = await loadLoop(name, join(LOOPS, name));
    expect([loopUs(video), loopUs(audio)]).toEqual([60_000_000, 60_000_000]);
  }
});

describe('segment bytes', () => {
  it('are those of the shipped file when nothing is re-stamped', async () => {
    for (const kind of ['video', 'audio'] as const) {
      const track = loop[kind];
      const count = track.samplesPerSegment;
      const parts = segmentParts(track, { firstSample: count, recordedSamples: count, count, sequence: 2 });
      const shipped = await readFile(join(LOOPS, 'lobby', `${track.prefix}_seg_0002.m4s`));
      expect(Buffer.concat(parts).equals(shipped)).toBe(true);
    }
  });

  it('go round the end of the loop', () => {
    const { video } = loop;
    const around = segmentParts(video, { firstSample: 1450, recordedSamples: 0, count: 100, sequence: 1 });
    const bytes = Buffer.concat(around);
    expect(readSampleCount(bytes.subarray(0, 112), bytes.length)).toBe(100);
    const end = video.data.subarray(video.offsets[1450]);
    const begin = video.data.subarray(0, video.offsets[50]);
    expect(bytes.subarray(120 + 12 * 100).equals(Buffer.concat([end, begin]))).toBe(true);
  });
});

describe('plans', () => {
  const slots = { periodMs: 4000, offsetMs: 2000 };
  it('start recordings in their own slots', () => {
    expect(nextSlot(slots, 4000)).toBe(6000);
    expect(nextSlot(slots, 6000)).toBe(6000);
    const first = planRecording({ slots, lengthMs: 60_000, waitMs: 1200 }, 5000);
    expect(first).toEqual({ startMs: 6000, endMs: 64_800 });
    expect(planRecording({ slots, lengthMs: 60_000, waitMs: 1200 }, first.endMs + 1200).startMs).toBe(66_000);
  });

  it('leave a hole open', () => {
    const hole = { fromMs: 30_000, toMs: 50_000 };
    const options = { slots, lengthMs: 60_000, waitMs: 1200, hole };
    expect(planRecording(options, 5000)).toEqual({ startMs: 6000, endMs: 30_000 });
    expect(planRecording(options, 31_200).startMs).toBe(50_000);
  });
});

describe('recordings left on disk', () => {
  it('are found with what is whole in them, and ended', async () => {
    const storageRoot = join(root, 'left');
    const recordDir = `lobby/${START_MS / 1000}`;
    const recording = new LoopRecording({ storageRoot, recordDir, loop, startMs: START_MS });
    await recording.begin();
    await recording.writeUntil(START_MS + 35_000, never, () => {});
    await recording.writeManifest(START_MS + 30_000);
    await truncate(join(storageRoot, recordDir, 'v_seg_0003.m4s'), 5000);

    const slots = { periodMs: 4000, offsetMs: START_MS % 4000 };
    const [found, ...others] = await findRecordings({ storageRoot, stream: 'lobby', loop, slots });
    expect(others).toEqual([]);
    expect([found?.segmentCount('video'), found?.segmentCount('audio')]).toEqual([2, 3]);
    expect(found?.segment('audio', 3)).toEqual({
      path: `${recordDir}/a_seg_0003.m4s`,
      startUs: START_MS * 1000 + 20_000_000,
      endUs: START_MS * 1000 + 30_000_000,
      isKeyFrame: true,
    });
    const manifest = await readFile(join(storageRoot, recordDir, 'manifest.mpd'), 'utf8');
    expect(manifest).toContain('type="static"');
    expect(manifest.match(/<S t=/g)).toHaveLength(5);
    expect(await readdir(join(storageRoot, recordDir))).not.toContain('v_seg_0003.m4s');
    const other = { periodMs: 4000, offsetMs: (START_MS + 2000) % 4000 };
    expect(await findRecordings({ storageRoot, stream: 'lobby', loop, slots: other })).toEqual([]);
  });
});
