import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClip } from '../media/clip-layout.ts';
import { clipTrack, layoutBytes, loadTrack } from '../media/media-test-kit.ts';
import { checkClipFile, type ExpectedClip } from './check-clip-file.ts';

const FOLDER = 'v0.9.0/recordings/cam1/1795345823';
let folder: string;
let whole: Buffer;
let expected: ExpectedClip;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-check-'));
  const [video, audio] = [await loadTrack(FOLDER, 'v_'), await loadTrack(FOLDER, 'a_')];
  const startUs = video.zeroUs + 5e6;
  const plan = buildClip({ startUs, endUs: startUs + 10e6, tracks: [clipTrack(video), clipTrack(audio)] });
  whole = await layoutBytes(plan.layout);
  const { durationUs, videoFrames } = plan;
  expected = { sizeBytes: plan.layout.sizeBytes, durationUs, videoFrames };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(bytes: Buffer, want: ExpectedClip = expected): Promise<void> {
  const filePath = path.join(folder, 'clip.mp4');
  await writeFile(filePath, bytes);
  expect((await readFile(filePath)).length).toBe(bytes.length);
  await checkClipFile(filePath, want);
}

/** The clip with a 32-bit number changed, `offset` bytes after the last `type` box's name. */
function changed(type: string, offset: number, value: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes.writeUInt32BE(value, bytes.indexOf(type) + offset);
  return bytes;
}

describe('reading a clip back', () => {
  it('accepts what was planned', async () => {
    await expect(check(whole)).resolves.toBeUndefined();
  });

  it.each([
    ['a byte short', () => whole.subarray(0, -1), /has \d+ of \d+ bytes/],
    ['without a box structure', () => Buffer.alloc(expected.sizeBytes, 0x41), /does not fit/],
    ['with another length', () => changed('mvhd', 20, 1), /lasts/],
    ['with a chunk outside', () => changed('stco', 12, 1), /outside its media/],
    ['with one sample less', () => changed('stsz', 12, 2), /more samples than its tables/],
    ['without tables', () => changed('moov', 0, 0x66726565), /lacks its tables/],
  ])('refuses a file %s', async (_what, bytes, message) => {
    await expect(check(bytes())).rejects.toThrow(message);
  });

  it('refuses a file with other pictures', async () => {
    await expect(check(whole, { ...expected, videoFrames: 7 })).rejects.toThrow(/instead of 7 pictures/);
  });
});
