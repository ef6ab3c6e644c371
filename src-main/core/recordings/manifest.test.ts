import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ManifestError, parseManifest } from './manifest.ts';

const CAPTURES = path.resolve(import.meta.dirname, '../../../e2e/fixtures/captures');
const fixture = (name: string) => readFileSync(path.join(CAPTURES, name), 'utf8');

it('reads a manifest of a running recording', () => {
  const manifest = parseManifest(fixture('head/recordings-active/cam1-manifest.mpd'));
  expect(manifest.isDynamic).toBe(true);
  expect(manifest.availabilityStartUs).toBe(Date.parse('2026-11-22T11:00:08.734Z') * 1000);
  expect(manifest.tracks).toEqual([
    {
      track: 'video',
      codecs: 'avc1.42c015',
      timescale: 90_000,
      initName: 'v_init.m4s',
      mediaName: 'v_seg_$Number%04d$.m4s',
      // Spoiled by a repeated packet; 18 times 2^32 too long.
      segments: [
        { seq: 1, startTicks: 0, durationTicks: 77_310_351_078 },
        { seq: 2, startTicks: 77_310_351_078, durationTicks: 1_081_110 },
      ],
    },
    {
      track: 'audio',
      codecs: 'opus',
      timescale: 48_000,
      initName: 'a_init.m4s',
      mediaName: 'a_seg_$Number%04d$.m4s',
      segments: [
        { seq: 1, startTicks: 0, durationTicks: 480_000 },
        { seq: 2, startTicks: 480_000, durationTicks: 480_000 },
      ],
    },
  ]);
});

it('reads a finished manifest, which no longer says when it began', () => {
  const manifest = parseManifest(fixture('v0.9.0/recordings/vp8/1795345823/manifest.mpd'));
  expect(manifest).toMatchObject({ isDynamic: false, availabilityStartUs: null });
  expect(manifest.tracks.map(({ track, segments }) => [track, segments.length])).toEqual([['audio', 4]]);
});

it('reads a manifest without a timeline', () => {
  const manifest = parseManifest(fixture('push/recordings/cam1/2026/11/22/manifest.mpd'));
  expect(manifest.tracks.map(({ track, initName, segments }) => [track, initName, segments])).toEqual([
    ['video', 'init.m4s', []],
    ['audio', 'audio_init.m4s', []],
  ]);
});

it('repeats what S says and goes on where t is left out', () => {
  const manifest = parseManifest(
    `<MPD type="static"><Period><AdaptationSet contentType="video"><SegmentTemplate timescale="10" startNumber="5">
     <SegmentTimeline><S t="7" d="10" r="1"/><S d="5"/></SegmentTimeline></SegmentTemplate></AdaptationSet></Period></MPD>`,
  );
  expect(manifest.tracks[0]?.segments).toEqual([
    { seq: 5, startTicks: 7, durationTicks: 10 },
    { seq: 6, startTicks: 17, durationTicks: 10 },
    { seq: 7, startTicks: 27, durationTicks: 5 },
  ]);
});

it('takes an empty timeline and empty elements', () => {
  const manifest = parseManifest(
    '<MPD type="dynamic"><Period><AdaptationSet contentType="audio"><Representation codecs="opus"><SegmentTemplate timescale="48000"><SegmentTimeline></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet></Period></MPD>',
  );
  expect(manifest.tracks).toHaveLength(1);
  expect(manifest.tracks[0]?.segments).toEqual([]);
  expect(parseManifest('<MPD/>')).toEqual({ isDynamic: false, availabilityStartUs: null, tracks: [] });
});

it('says that a manifest is cut off, wherever that is', () => {
  const whole = fixture('head/recordings/cam1/1795345208/manifest.mpd').trimEnd();
  for (let sizeBytes = 0; sizeBytes < whole.length - 1; sizeBytes += 97) {
    expect(() => parseManifest(whole.slice(0, sizeBytes)), `first ${sizeBytes} bytes`).toThrow(ManifestError);
  }
  expect(() => parseManifest('<html></html>')).toThrow(ManifestError);
});

it('does not believe absurd repetitions', () => {
  const xml =
    '<MPD><Period><AdaptationSet contentType="video"><SegmentTemplate timescale="1"><SegmentTimeline><S d="1" r="999999999"/></SegmentTimeline></SegmentTemplate></AdaptationSet></Period></MPD>';
  expect(() => parseManifest(xml)).toThrow('more than');
});
