import fc from 'fast-check';
import { expect, it } from 'vitest';
import { at, every, recording } from './media-builders.ts';
import type { PlaySegment } from './media-model.ts';
import { dashManifest, mediaPlaylist } from './playlist-builders.ts';
import { stitch } from './stitch.ts';

/** Whatever objects are lost, of whatever track: what is listed is there, and both tracks tell the same times. */

const LENGTH_SEC = 60;
const range = { startUs: at(0), endUs: at(LENGTH_SEC) };

const states = fc.array(
  fc.constantFrom<PlaySegment['state']>('ok', 'ok', 'ok', 'pending', 'missing', 'bad'),
  { minLength: 60, maxLength: 60 },
);
const track = fc
  .record({ lengthSec: fc.constantFrom(1, 2, 4, 7.5, 10), fromSec: fc.constantFrom(0, 0, 0.3, 5), states })
  .map(({ fromSec, lengthSec, states: of }) =>
    every(lengthSec, fromSec, LENGTH_SEC).map((spec, i) => ({ ...spec, state: of[i] ?? 'ok' })),
  );
const media = fc.record({ video: track, audio: track });

const listed = (playlist: string) => playlist.split('\n').filter((line) => line && !line.startsWith('#'));
const seconds = (playlist: string) =>
  [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
const breaks = (playlist: string) => playlist.match(/#EXT-X-DISCONTINUITY$/gm)?.length ?? 0;
const isGone = ({ state }: { state: string }) => state === 'missing' || state === 'bad';

it('of one node, lists the pictures that are left, with sound of the same length', () => {
  fc.assert(
    fc.property(media, (specs) => {
      const stitched = stitch([recording('r', 'a', specs)], range);
      const kept = specs.video.filter((spec) => !isGone(spec));
      fc.pre(kept.length > 0);
      const video = mediaPlaylist(stitched, 'main', false);
      expect(seconds(video)).toBeCloseTo(
        kept.reduce((sum, { from, to }) => sum + to - from, 0),
        3,
      );
      expect(listed(video)).toEqual(kept.map(({ from }) => `segment/rv${from}.${at(from)}.m4s`));
      if (stitched.hasAudio) expectSound(video, mediaPlaylist(stitched, 'audio', false));
    }),
  );
});

it('of two nodes, lists nothing that is lost, and breaks both tracks at the same times', () => {
  fc.assert(
    fc.property(media, media, (a, b) => {
      const recordings = [recording('r', 'a', a), recording('s', 'b', b)];
      const stitched = stitch(recordings, range);
      fc.pre(stitched.runs.length > 0);
      const video = mediaPlaylist(stitched, 'main', false);
      const audio = stitched.hasAudio ? mediaPlaylist(stitched, 'audio', false) : null;
      if (audio) expectSound(video, audio);
      const lost = recordings.flatMap((one) =>
        [...(one.video?.segments ?? []), ...(one.audio?.segments ?? [])].filter(isGone),
      );
      const manifest = dashManifest(stitched, '/r/hls/');
      for (const { id } of lost) {
        expect(`${video}${audio ?? ''}`).not.toContain(`/${id}.`);
        expect(manifest).not.toContain(`/${id}.`);
      }
    }),
  );
});

/** Discontinuities, their times, and the length between them to a packet or two of sound. */
function expectSound(video: string, audio: string): void {
  expect(breaks(audio)).toBe(breaks(video));
  const parts = (playlist: string) => playlist.split('#EXT-X-DISCONTINUITY\n');
  parts(video).forEach((part, i) => {
    const sound = parts(audio)[i] ?? '';
    expect(Math.abs(seconds(sound) - seconds(part))).toBeLessThan(0.11);
    const startMs = (text: string) => Date.parse(/PROGRAM-DATE-TIME:(\S+)/.exec(text)?.[1] ?? '');
    expect(Math.abs(startMs(sound) - startMs(part))).toBeLessThan(21);
  });
}
