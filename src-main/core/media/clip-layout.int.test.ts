import { describe, expect, it } from 'vitest';
import { buildClip, type ClipPlan } from './clip-layout.ts';
import { sliceLayout } from './layout.ts';
import {
  analyseAll,
  clipTrack,
  decodeMessages,
  layoutBytes,
  loadTrack,
  probe,
  type TestTrack,
  withFile,
} from './media-test-kit.ts';

const FRAME_S = 1 / 29;

async function expectGoodFile(plan: ClipPlan, lengthS: number, kinds: string[]): Promise<void> {
  await withFile(await layoutBytes(plan.layout), async (path) => {
    expect(await decodeMessages(path)).toBe('');
    const { format, streams } = await probe(path);
    expect(streams.map((stream) => stream.codec_type)).toEqual(kinds);
    expect(Math.abs(Number(format.duration) - lengthS)).toBeLessThan(FRAME_S);
    expect(plan.durationUs).toBe(Math.round(lengthS * 1e6));
    for (const stream of streams) {
      expect(Math.abs(Number(stream.duration) - lengthS)).toBeLessThan(FRAME_S);
    }
    expect(streams[0]?.nb_frames).toBe(String(plan.videoFrames));
  });
}

/** In-points and lengths in seconds, spread over the recording; the second half is finer than a frame. */
const RANGES = Array.from({ length: 20 }, (_, i) => {
  const inS = (i * 1.2345678) % 23;
  return i < 10 ? ([inS, 10] as const) : ([inS + i / 1000, 0.1 + (i % 7) * 1.5 + i / 3000] as const);
});

describe.each(['head/recordings/cam1/1795345208', 'v0.9.0/recordings/cam1/1795345823'])(
  'clips of %s',
  (folder) => {
    it('are silent to ffmpeg and right to a frame, wherever they begin and end', async () => {
      const tracks = [clipTrack(await loadTrack(folder, 'v_')), clipTrack(await loadTrack(folder, 'a_'))];
      const zeroUs = tracks[0]?.segments[0]?.zeroUs ?? 0;
      for (const [inS, lengthS] of RANGES) {
        const startUs = zeroUs + Math.round(inS * 1e6);
        const endUs = startUs + Math.round(lengthS * 1e6);
        await expectGoodFile(buildClip({ startUs, endUs, tracks }), lengthS, ['video', 'audio']);
      }
    }, 120_000);
  },
);

it('clips of AV1, and with sound that is 1.5 s apart, are as good', async () => {
  const folder = 'head/recordings/cam3/1795345208';
  const video = await loadTrack(folder, 'v_');
  const audio = await loadTrack(folder, 'a_');
  for (const [inS, offsetUs] of [
    [0.5, 0],
    [5.43, 1_500_000],
    [11.1111, -1_500_000],
    [21.02, 7],
  ] as const) {
    const startUs = video.zeroUs + Math.round(inS * 1e6);
    const tracks = [clipTrack(video), clipTrack(audio, audio.zeroUs + offsetUs)];
    const plan = buildClip({ startUs, endUs: startUs + 10_000_000, tracks });
    if (inS * 1e6 > offsetUs) await expectGoodFile(plan, 10, ['video', 'audio']);
  }
});

it('clips of a constant rate stay at it', async () => {
  const jittery = await loadTrack('v0.9.0/recordings/cam1/1795345823', 'v_');
  let baseTicks = 0n;
  const files = jittery.segments.map(({ path, header, bytes }) => {
    const copy = Buffer.from(bytes);
    copy.writeBigUInt64BE(baseTicks, header.tfdtOffset);
    for (let i = 0; i < header.samples.sizes.length; i += 1) copy.writeUInt32BE(3000, 112 + 12 * i);
    baseTicks += 3000n * BigInt(header.samples.sizes.length);
    return { path, bytes: copy };
  });
  const steady: TestTrack = { ...jittery, segments: analyseAll(files, jittery.init) };
  for (const inS of [0, 0.0166, 1.001, 9.98765, 20.02]) {
    const startUs = steady.zeroUs + Math.round(inS * 1e6);
    const plan = buildClip({ startUs, endUs: startUs + 10_000_000, tracks: [clipTrack(steady)] });
    await expectGoodFile(plan, 10, ['video']);
    await withFile(await layoutBytes(plan.layout), async (path) => {
      const { streams } = await probe(path, '-show_entries', 'stream=r_frame_rate');
      expect(streams[0]).toMatchObject({ r_frame_rate: '30/1' });
    });
  }
});

it('a clip of key frames alone decodes and lasts as asked', async () => {
  const video = await loadTrack('head/recordings/dflt/1795345208', 'v_');
  for (const inS of [0, 3.3, 9.9]) {
    const startUs = video.zeroUs + inS * 1e6;
    await expectGoodFile(buildClip({ startUs, endUs: startUs + 20e6, tracks: [clipTrack(video)] }), 20, [
      'video',
    ]);
  }
});

it('a clip over a closed gap decodes with sound in step', async () => {
  const folder = 'v0.9.0/recordings/cam1/1795345823';
  const pictures = clipTrack(await loadTrack(folder, 'v_'));
  const sound = clipTrack(await loadTrack(folder, 'a_'));
  const segments = pictures.segments.filter((_, i) => i !== 1).map(({ nextStartTicks: _, ...rest }) => rest);
  const startUs = (segments[0]?.zeroUs ?? 0) + 5_000_000;
  const plan = buildClip({
    startUs,
    endUs: startUs + 25_000_000,
    tracks: [{ ...pictures, segments }, sound],
  });
  expect(plan.gaps.length).toBe(1);
  await expectGoodFile(plan, plan.durationUs / 1e6, ['video', 'audio']);
});

it('carries its title and start, and any range of it is the range of the whole', async () => {
  const video = await loadTrack('head/recordings/cam1/1795345208', 'v_');
  const startUs = video.zeroUs + 3_000_000;
  const plan = buildClip({ startUs, endUs: startUs + 4e6, tracks: [clipTrack(video)], title: 'Tor Süd' });
  const whole = await layoutBytes(plan.layout);
  for (const [from, to] of [
    [0, 1],
    [1000, 2000],
    [5000, 300_000],
    [whole.length - 7, whole.length],
  ] as const) {
    const part = await layoutBytes(sliceLayout(plan.layout, from, to));
    expect(part.equals(whole.subarray(from, to))).toBe(true);
  }
  await withFile(whole, async (path) => {
    const { tags } = (await probe(path)).format;
    expect(tags).toMatchObject({ title: 'Tor Süd', date: new Date(startUs / 1000).toISOString() });
    expect(Date.parse(tags?.creation_time ?? '')).toBe(Math.floor(startUs / 1e6) * 1000);
  });
});
