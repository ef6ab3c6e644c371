import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { MediaPlaylist, runEndUs } from './hls-playlist.ts';
import { at, every, recording } from './media-builders.ts';
import type { Lane, PlayRecording, PlaySegment } from './media-model.ts';
import { mediaPlaylist } from './playlist-builders.ts';
import { RangeFacts } from './range-facts.ts';
import { type LiveEdge, stitch } from './stitch.ts';
import { type PieceOptions, stitchPieces } from './stitch-pieces.ts';

const LENGTH_SEC = 3 * 3600;
const range = { startUs: at(0), endUs: at(LENGTH_SEC) };

/** What touches a part, as the index gives it. */
function within(recordings: readonly PlayRecording[], part: TimeRange): PlayRecording[] {
  const cut = (lane: Lane | null): Lane | null => {
    const segments = lane?.segments.filter((one) => one.startUs < part.endUs && one.endUs > part.startUs);
    return lane && segments && segments.length > 0 ? { ...lane, segments } : null;
  };
  return recordings.flatMap((one) => {
    const [video, audio] = [cut(one.video), cut(one.audio)];
    return video || audio ? [{ ...one, video, audio }] : [];
  });
}

function optionsOf(recordings: readonly PlayRecording[], pieceSec: number, edge: LiveEdge | null = null) {
  const starts = recordings.flatMap(({ audio, video }) =>
    [...(video?.segments ?? []), ...(audio?.segments ?? [])].map(({ startUs }) => startUs),
  );
  const parts: TimeRange[] = [];
  const options: PieceOptions = {
    range,
    edge,
    kind: 'video',
    read: (part) => {
      parts.push(part);
      return Promise.resolve(within(recordings, part));
    },
    nextStart: (us) =>
      Promise.resolve(starts.filter((startUs) => startUs >= us).sort((a, b) => a - b)[0] ?? null),
    isJoined: true,
    pieceUs: pieceSec * 1_000_000,
  };
  return { options, parts };
}

async function listed(options: PieceOptions, which: 'main' | 'audio'): Promise<string> {
  const facts = new RangeFacts('video');
  for await (const runs of stitchPieces(options)) facts.add(runs);
  const playlist = new MediaPlaylist(which, options.edge !== null);
  let text = playlist.head(facts);
  for await (const runs of stitchPieces(options)) text += playlist.add(runs);
  return text + playlist.end();
}

const states = fc.array(
  fc.constantFrom<PlaySegment['state']>('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'missing'),
  { minLength: 400, maxLength: 400 },
);
/** Segments with holes, lost ones, and ones that do not begin with a key frame. */
const trackOf = (fromSec: number[], endSec: number[]) =>
  fc
    .record({
      lengthSec: fc.constantFrom(30, 61, 200),
      fromSec: fc.constantFrom(...fromSec),
      endSec: fc.constantFrom(...endSec),
      holes: fc.array(fc.nat(200), { maxLength: 4 }),
      lateKeys: fc.array(fc.nat(200), { maxLength: 20 }),
      states,
    })
    .map((spec) =>
      every(spec.lengthSec, spec.fromSec, spec.endSec)
        .map((one, i) => ({
          ...one,
          state: spec.states[i] ?? 'ok',
          ...(spec.lateKeys.includes(i) && { syncAt: i % 2 === 0 ? one.from + 5 : null }),
        }))
        .filter((_, i) => !spec.holes.includes(i)),
    );
/** With sound at all times: of nodes that are alike the one with sound is chosen, and a piece knows only its own. */
const node = fc.record({
  video: trackOf([0, 7.5, 2000], [5000, LENGTH_SEC - 30, LENGTH_SEC]),
  audio: trackOf([0, 7.5], [LENGTH_SEC]).map((specs) => specs.map(({ syncAt: _, ...spec }) => spec)),
});

it('lists piece by piece what is listed at once', async () => {
  const cases = fc.asyncProperty(
    node,
    node,
    fc.constantFrom(1700, 3600, 7001),
    fc.constantFrom<LiveEdge | null>(null, { nowUs: at(LENGTH_SEC - 10) }),
    async (a, b, pieceSec, edge) => {
      const recordings = [recording('r', 'a', a), recording('s', 'b', b)];
      const media = stitch(recordings, range, edge);
      fc.pre(media.mainTrack === 'video' && media.hasAudio);
      // A list grows only while something was recorded just now.
      const last = media.runs.at(-1);
      fc.pre(edge === null || (last !== undefined && runEndUs(last, 'main') > edge.nowUs - 90_000_000));
      const { options } = optionsOf(recordings, pieceSec, edge);
      for (const which of ['main', 'audio'] as const) {
        expect(await listed(options, which)).toBe(mediaPlaylist(media, which, edge !== null));
      }
    },
  );
  await fc.assert(cases, { numRuns: 40 });
}, 60_000);

it('holds no more than a piece and what is around it', async () => {
  const whole = recording('r', 'a', { video: every(10, 0, LENGTH_SEC), audio: every(10, 0.5, LENGTH_SEC) });
  const { options, parts } = optionsOf([whole], 1800);
  for await (const [run, ...others] of stitchPieces(options)) {
    expect(others).toEqual([]);
    expect(run?.main).toHaveLength(180);
  }
  expect(parts).toHaveLength(6);
  for (const part of parts)
    expect(part.endUs - part.startUs).toBeLessThanOrEqual((1800 + 2 * 1200) * 1_000_000);
});

it('passes over years in which nothing was recorded', async () => {
  const late = recording('r', 'a', { video: every(10, 10_000, 10_100) });
  const { options, parts } = optionsOf([late], 60);
  const wide = { ...options, range: { startUs: at(-1e8), endUs: at(1e8) } };
  const found: string[] = [];
  for await (const runs of stitchPieces(wide))
    found.push(...runs.map((run) => `${run.main.length} ${run.isContinued}`));
  expect(found).toEqual(['6 false', '4 true']);
  expect(parts.length).toBeLessThan(10);
});
