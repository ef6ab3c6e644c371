import { describe, expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { requireBox, viewOf } from './boxes.ts';
import { buildClip, type ClipInput, type ClipPlan, type ClipTrack } from './clip-layout.ts';
import { clipTrack, layoutBytes, loadTrack, type TestTrack } from './media-test-kit.ts';

const CLEAN = 'v0.9.0/recordings/cam1/1795345823';

async function loadBoth(folder: string): Promise<{ video: TestTrack; audio: TestTrack }> {
  return { video: await loadTrack(folder, 'v_'), audio: await loadTrack(folder, 'a_') };
}

/** Start times of a clip's track in seconds, from its sample tables, hidden ones negative. */
async function shownTimes(plan: ClipPlan, track: number, timescale: number): Promise<number[]> {
  const bytes = await layoutBytes(plan.layout);
  const view = viewOf(bytes);
  const moov = requireBox(bytes, ['moov']);
  let at = moov.bodyByte;
  for (let skipped = -1; skipped < track; ) {
    const trak = requireBox(bytes, ['trak'], at, moov.endByte);
    at = trak.endByte;
    skipped += 1;
    if (skipped < track) continue;
    const elst = requireBox(bytes, ['edts', 'elst'], trak.bodyByte, trak.endByte);
    const edits = view.getUint32(elst.bodyByte + 4);
    const movieTimescale = view.getUint32(requireBox(bytes, ['moov', 'mvhd']).bodyByte + 12);
    const waitS = edits === 2 ? Number(view.getBigUint64(elst.bodyByte + 8)) / movieTimescale : 0;
    const mediaTime = Number(view.getBigInt64(elst.bodyByte + 8 + (edits - 1) * 20 + 8));
    const stts = requireBox(bytes, ['mdia', 'minf', 'stbl', 'stts'], trak.bodyByte, trak.endByte);
    const times: number[] = [];
    let ticks = -mediaTime;
    for (let row = stts.bodyByte + 8; row < stts.endByte; row += 8) {
      for (let n = view.getUint32(row); n > 0; n -= 1) {
        times.push(waitS + ticks / timescale);
        ticks += view.getUint32(row + 4);
      }
    }
    return times;
  }
  return [];
}

describe('buildClip', () => {
  it('covers the asked range, from the key frame before it to the picture at its end', async () => {
    const { video, audio } = await loadBoth(CLEAN);
    const startUs = video.zeroUs + 7_770_123;
    const plan = buildClip({
      startUs,
      endUs: startUs + 10_000_000,
      tracks: [clipTrack(video), clipTrack(audio)],
    });
    expect(plan).toMatchObject({ durationUs: 10_000_000, startUs, gaps: [], problems: [] });
    expect(plan.startsEarlyUs).toBeGreaterThan(0);
    const times = await shownTimes(plan, 0, 90_000);
    expect(times.length).toBe(plan.videoFrames);
    expect(times[0]).toBeCloseTo(-plan.startsEarlyUs / 1e6, 1);
    expect(times.at(-1)).toBeGreaterThan(9.95);
    expect(times.at(-1)).toBeLessThan(10);
    const objectBytes = plan.layout.parts.reduce(
      (sum, p) => sum + (p.kind === 'object' ? p.sizeBytes : 0),
      0,
    );
    const headBytes = plan.layout.parts.reduce(
      (sum, p) => sum + (p.kind === 'bytes' ? p.bytes.length : 0),
      0,
    );
    expect(headBytes + objectBytes).toBe(plan.layout.sizeBytes);
    expect(plan.layout.parts.length).toBeLessThan(10);
  });

  it('aligns sound and picture by wall time inside a millisecond', async () => {
    const { video, audio } = await loadBoth(CLEAN);
    const startUs = video.zeroUs + 12_345_678;
    for (const audioZeroUs of [video.zeroUs, video.zeroUs - 1_500_000, video.zeroUs + 1_234_567]) {
      const tracks = [clipTrack(video), clipTrack(audio, audioZeroUs)];
      const plan = buildClip({ startUs, endUs: startUs + 10_000_000, tracks });
      const heard = await shownTimes(plan, 1, 48_000);
      for (const time of [heard[5], heard.at(-1)]) {
        const tick = ((startUs - audioZeroUs) / 1e6 + (time ?? 0)) * 50;
        expect(Math.abs(tick - Math.round(tick)) / 50).toBeLessThan(0.001);
      }
      // The first seconds of pictures are on a grid of 1/120 s, see clip-frame-times.ts.
      const seen = (await shownTimes(plan, 0, 90_000)).slice(-60);
      const natural = video.segments.flatMap(({ header }) => {
        let ticks = header.baseDecodeTicks;
        return Array.from(header.samples.storedDurations, (duration) => {
          ticks += duration;
          return (video.zeroUs - startUs) / 1e6 + (ticks - duration) / 90_000;
        });
      });
      for (const time of seen) {
        expect(Math.min(...natural.map((at) => Math.abs(at - time)))).toBeLessThan(0.001);
      }
    }
  });

  it('lets sound that begins later wait, and holds where packets are missing', async () => {
    const { video, audio } = await loadBoth(CLEAN);
    const startUs = video.zeroUs + 1_000_000;
    const tracks = [clipTrack(video), clipTrack(audio, startUs + 2_000_000)];
    const late = buildClip({ startUs, endUs: startUs + 8_000_000, tracks });
    expect((await shownTimes(late, 1, 48_000))[0]).toBeCloseTo(2, 3);

    const sound = clipTrack(audio);
    const withHole: ClipTrack = { ...sound, segments: sound.segments.filter((_, i) => i !== 1) };
    const from = audio.zeroUs + 8_000_000;
    const plan = buildClip({ startUs: from, endUs: from + 15_000_000, tracks: [clipTrack(video), withHole] });
    const heard = await shownTimes(plan, 1, 48_000);
    const hole = heard.findIndex((time, i) => (heard[i + 1] ?? 0) - time > 1);
    expect((heard[hole + 1] ?? 0) - (heard[hole] ?? 0)).toBeCloseTo(10.02, 3);
    expect(heard[hole + 1]).toBeCloseTo(12, 3);
  });

  it('closes up a gap in both tracks at the same instants and tells where it was', async () => {
    const { video, audio } = await loadBoth(CLEAN);
    const pictures = clipTrack(video);
    const missing = video.segments[1]!.analysis;
    const withGap: ClipTrack = { ...pictures, segments: pictures.segments.filter((_, i) => i !== 1) };
    for (const segment of withGap.segments) delete segment.nextStartTicks;
    const startUs = video.zeroUs + 8_000_000;
    const endUs = video.zeroUs + 30_000_000;
    const plan = buildClip({ startUs, endUs, tracks: [withGap, clipTrack(audio)] });
    const gapUs = ((missing.endTicks - missing.startTicks) * 1e6) / 90_000;
    expect(plan.gaps.length).toBe(1);
    expect((plan.gaps[0]?.endUs ?? 0) - (plan.gaps[0]?.startUs ?? 0)).toBeCloseTo(gapUs, -1);
    expect(plan.durationUs).toBeCloseTo(22_000_000 - gapUs, -1);
    const heard = await shownTimes(plan, 1, 48_000);
    expect(heard.every((time, i) => i === 0 || time - (heard[i - 1] ?? 0) < 0.041)).toBe(true);
    expect(heard.at(-1)).toBeCloseTo(plan.durationUs / 1e6, 1);
  });

  it('begins where media begins and ends where it ends', async () => {
    const { video } = await loadBoth(CLEAN);
    const before = video.zeroUs - 5_000_000;
    const plan = buildClip({ startUs: before, endUs: video.zeroUs + 60_000_000, tracks: [clipTrack(video)] });
    expect(plan.startUs).toBe(video.zeroUs);
    expect(plan.durationUs / 1e6).toBeCloseTo(35.078, 2);
    expect(plan.gaps.length).toBe(2);
    expect(plan.gaps[0]).toEqual({ startUs: before, endUs: video.zeroUs });
  });

  it('begins with the first key frame where there is none before the in-point', async () => {
    const video = await loadTrack('push/recordings/cam1/2026/11/22', '');
    const plan = buildClip({
      startUs: video.zeroUs + 2_000_000,
      endUs: video.zeroUs + 20_000_000,
      tracks: [clipTrack(video)],
    });
    expect(plan.startUs).toBe(video.zeroUs + Math.round((988_950 * 100) / 9));
    expect(plan.startsEarlyUs).toBe(0);
  });

  it('shows a long picture from the in-point on', async () => {
    const video = await loadTrack('head/recordings/dflt/1795345208', 'v_');
    const startUs = video.zeroUs + 8_000_000;
    const plan = buildClip({ startUs, endUs: startUs + 10_000_000, tracks: [clipTrack(video)] });
    expect(plan.startsEarlyUs).toBe(1_994_000);
    const times = await shownTimes(plan, 0, 90_000);
    expect(times.length).toBe(3);
    expect(times[0]).toBe(0);
    expect(times[1]).toBeCloseTo(3.979, 1);
  });

  it('joins recordings of one configuration, cutting what overlaps', async () => {
    const first = await loadTrack(CLEAN, 'v_');
    const second = await loadTrack('v0.9.0/recordings/mute/1795345823', 'v_');
    expect(second.init.configHash).toBe(first.init.configHash);
    const joined: ClipTrack = {
      ...clipTrack(first),
      segments: [...clipTrack(second, first.zeroUs + 34_000_000).segments, ...clipTrack(first).segments],
    };
    const startUs = first.zeroUs + 30_000_000;
    const plan = buildClip({ startUs, endUs: startUs + 10_000_000, tracks: [joined] });
    expect(plan).toMatchObject({ durationUs: 10_000_000, gaps: [] });
    const times = await shownTimes(plan, 0, 90_000);
    expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0))).toBe(true);
    expect(times.some((time) => Math.abs(time - 4) < 0.005)).toBe(true);
  });

  it('leaves out sound that cannot be decoded and says so', async () => {
    const { video, audio } = await loadBoth('head/recordings/dflt/1795345208');
    const startUs = video.zeroUs;
    const tracks = [clipTrack(video), clipTrack(audio)];
    const plan = buildClip({ startUs, endUs: startUs + 9_000_000, tracks });
    expect(plan.problems).toEqual([audio.init.problem]);
    const soundOnly: ClipInput = { startUs, endUs: startUs + 9_000_000, tracks: [clipTrack(audio)] };
    expect(() => buildClip(soundOnly)).toThrow(expect.objectContaining({ code: 'media_unusable' }));
  });

  it('refuses an empty range, a range without media and a change of configuration', async () => {
    const { video } = await loadBoth(CLEAN);
    const track = clipTrack(video);
    const codeOf = (input: ClipInput): string => {
      try {
        buildClip(input);
      } catch (error) {
        return error instanceof AppError ? error.code : String(error);
      }
      return 'none';
    };
    const { zeroUs } = video;
    expect(codeOf({ startUs: zeroUs, endUs: zeroUs, tracks: [track] })).toBe('invalid_range');
    const farUs = zeroUs + 90_000_000;
    expect(codeOf({ startUs: farUs, endUs: farUs + 1, tracks: [track] })).toBe('no_media');
    const other = {
      ...track,
      segments: track.segments.map((s, i) => (i === 2 ? { ...s, configHash: 'x' } : s)),
    };
    expect(codeOf({ startUs: zeroUs, endUs: zeroUs + 1e6, tracks: [other] })).toBe('codec_change');
  });

  it('uses 64-bit offsets beyond 4 GB', async () => {
    const { video } = await loadBoth(CLEAN);
    const track = clipTrack(video);
    const [first] = track.segments;
    if (first === undefined) throw new Error('a segment is expected');
    const sizes = first.header.samples.sizes.map(() => 20_000_000);
    const header = { ...first.header, samples: { ...first.header.samples, sizes } };
    const huge: ClipTrack = { ...track, segments: [{ ...first, header }, ...track.segments.slice(1)] };
    const plan = buildClip({ startUs: video.zeroUs, endUs: video.zeroUs + 30_000_000, tracks: [huge] });
    expect(plan.layout.sizeBytes).toBeGreaterThan(2 ** 32);
    const head = plan.layout.parts[0];
    if (head?.kind !== 'bytes') throw new Error('the header comes first');
    const path = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'co64'];
    const co64 = requireBox(head.bytes.subarray(0, -16), path);
    expect(Number(viewOf(head.bytes).getBigUint64(co64.bodyByte + 8))).toBe(head.bytes.length);
    expect(Number(viewOf(head.bytes).getBigUint64(co64.endByte - 8))).toBeGreaterThan(2 ** 32);
  });
});
