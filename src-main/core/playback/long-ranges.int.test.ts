import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { US_PER_DAY, US_PER_HOUR } from '../../../src-shared/util/units.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { CAPTURES } from '../media/media-test-kit.ts';
import { FsStore } from '../storage/fs-store.ts';
import { createPlaybackService, type PlaybackService } from './playback-service.ts';
import { type IndexedRecording, indexCapture, textOf } from './playback-test-kit.ts';

/** Ranges of more than a day are read and listed piece by piece. */

const FOLDER = 'head/recordings/cam1/1795345208';
const SHIFTS_US = [-60 * US_PER_DAY, -26 * US_PER_HOUR, 0];
let test: TestDatabase;
let playback: PlaybackService;
const recordings: IndexedRecording[] = [];
const sounds: IndexedRecording[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  for (const shiftUs of SHIFTS_US) {
    const prefixes = { video: 'v_', audio: 'a_' };
    recordings.push(await indexCapture(test.database, { stream: 'far', folder: FOLDER, prefixes, shiftUs }));
    const sound = { stream: 'sound', folder: FOLDER, prefixes: { audio: 'a_' }, shiftUs };
    sounds.push(await indexCapture(test.database, sound));
  }
  const store = new FsStore(CAPTURES);
  const index = { ensureAnalysed: async () => {} };
  const { database } = test;
  playback = createPlaybackService({ database, store, index, clock: systemClock, logger: silentLogger });
});
afterAll(() => test?.close());

const around = (all: readonly IndexedRecording[]) => ({
  startUs: Math.min(...all.map(({ startUs }) => startUs)) - US_PER_HOUR,
  endUs: Math.max(...all.map(({ endUs }) => endUs)) + US_PER_DAY,
});
const segmentLines = (playlist: string) =>
  playlist.split('\n').filter((line) => line && !line.startsWith('#'));

it.each(['video', 'audio'] as const)('lists in %s.m3u8 what lists of each day hold', async (which) => {
  const whole = await playback[which]('far', around(recordings));
  expect(typeof whole).not.toBe('string');
  const text = await textOf(Promise.resolve(whole));
  const parts = await Promise.all(recordings.map((one) => textOf(playback[which]('far', one))));
  expect(segmentLines(text)).toEqual(parts.flatMap(segmentLines));
  expect(text.match(/#EXT-X-DISCONTINUITY$/gm)).toHaveLength(SHIFTS_US.length - 1);
  expect(text).toMatch(/^#EXTM3U\n[\s\S]*#EXT-X-ENDLIST\n$/);
});

it('gives DASH a Period for each, and the length of all', async () => {
  const manifest = await textOf(playback.mpd('far', around(recordings), '/far/hls/'));
  const seconds = (text: string, attribute: RegExp) =>
    [...text.matchAll(attribute)].map((match) => Number(match[1]));
  const lengths = seconds(manifest, /<Period id="[^"]+" start="PT[\d.]+S" duration="PT([\d.]+)S">/g);
  const starts = seconds(manifest, /<Period id="[^"]+" start="PT([\d.]+)S"/g);
  expect(lengths).toHaveLength(SHIFTS_US.length);
  expect(starts[2]).toBeCloseTo((lengths[0] ?? 0) + (lengths[1] ?? 0), 2);
  const [whole] = seconds(manifest, /mediaPresentationDuration="PT([\d.]+)S"/g);
  expect(whole).toBeCloseTo(
    lengths.reduce((sum, length) => sum + length, 0),
    2,
  );
  expect(manifest.match(/<AdaptationSet contentType="audio"/g)).toHaveLength(SHIFTS_US.length);
  expect(manifest.trimEnd().endsWith('</MPD>')).toBe(true);
});

it('plays sound alone', async () => {
  const range = around(sounds);
  const text = await textOf(playback.audio('sound', range));
  const parts = await Promise.all(sounds.map((one) => textOf(playback.audio('sound', one))));
  expect(segmentLines(text)).toEqual(parts.flatMap(segmentLines));
  await expect(playback.video('sound', range)).rejects.toMatchObject({ code: 'no_media' });
});

it('says where something is, where nothing is for weeks', async () => {
  const { endUs } = around(recordings);
  const after = { startUs: endUs + US_PER_DAY, endUs: endUs + 40 * US_PER_DAY };
  await expect(playback.video('far', after)).rejects.toMatchObject({
    code: 'no_media',
    details: { nearestBeforeUs: expect.any(Number), nearestAfterUs: null },
  });
});

it('ends reading when nobody listens any more', async () => {
  const stop = new AbortController();
  const list = await playback.video('far', around(recordings), { signal: stop.signal });
  const read = async () => {
    for await (const _ of list) stop.abort(new Error('gone'));
  };
  await expect(read()).rejects.toThrow('gone');
});
