import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { CAPTURES, decodeMessages, layoutBytes, probe, withFile } from '../media/media-test-kit.ts';
import { FsStore } from '../storage/fs-store.ts';
import { type Clip, type ClipService, createClipService } from './clip-service.ts';
import { type IndexedRecording, indexCapture } from './playback-test-kit.ts';

const BOTH = { video: 'v_', audio: 'a_' };
const HEAD = (name: string) => `head/recordings/${name}/1795345208`;
const OLD = (name: string) => `v0.9.0/recordings/${name}/1795345823`;

let test: TestDatabase;
let clips: ClipService;
const indexed: Record<string, IndexedRecording> = {};

beforeAll(async () => {
  test = await createTestDatabase();
  const { database } = test;
  const add = async (stream: string, folder: string, prefixes: { video?: string; audio?: string }) => {
    indexed[stream] = await indexCapture(database, { stream, folder, prefixes });
  };
  await add('cam1', HEAD('cam1'), BOTH);
  await add('dflt', HEAD('dflt'), BOTH);
  await add('cam3', HEAD('cam3'), BOTH);
  await add('old', OLD('cam1'), BOTH);
  await add('mute', OLD('mute'), { video: 'v_' });
  await add('vp8', OLD('vp8'), { audio: 'a_' });
  await add('push', 'push/recordings/cam1/2026/11/22', { video: '', audio: 'audio_' });
  clips = createClipService({
    database,
    store: new FsStore(CAPTURES),
    index: { ensureAnalysed: async () => {} },
    clock: systemClock,
    logger: silentLogger,
  });
});

afterAll(() => test?.close());

/** `fromSec` after the start of the recording, for `lengthSec`. */
function rangeIn(stream: string, fromSec: number, lengthSec: number) {
  const startUs = (indexed[stream]?.startUs ?? 0) + Math.round(fromSec * 1e6);
  return { startUs, endUs: startUs + lengthSec * 1e6 };
}

async function examined(clip: Clip) {
  return withFile(await layoutBytes(clip.layout), async (path) => {
    const { format, streams } = await probe(path);
    return {
      messages: await decodeMessages(path),
      durationSec: Number(format.duration),
      kinds: streams.map((stream) => stream.codec_type).sort(),
    };
  });
}

describe('a clip of 10 s', () => {
  it.each([
    ['cam1', 3.217, ['audio', 'video']],
    ['cam3', 12.9, ['audio', 'video']],
    ['old', 7.123_456, ['audio', 'video']],
    ['mute', 20.5, ['video']],
    ['vp8', 11.1, ['audio']],
    ['dflt', 8, ['video']],
    ['push', 14, ['audio', 'video']],
  ])('of %s decodes without a message and has its length', async (stream, fromSec, kinds) => {
    const clip = await clips.clip(stream, rangeIn(stream, fromSec, 10));
    expect(clip).toMatchObject({ durationUs: 10_000_000, gaps: [] });
    const file = await examined(clip);
    expect(file.messages).toBe('');
    expect(file.kinds).toEqual(kinds);
    expect(Math.abs(file.durationSec - 10)).toBeLessThanOrEqual(1 / 30);
  });

  it('of a repaired recording from end to end has all its pictures', async () => {
    const { startUs, endUs } = indexed.cam1!;
    const clip = await clips.clip('cam1', { startUs, endUs });
    expect(clip.videoFrames).toBe(1051);
    expect((await examined(clip)).messages).toBe('');
  });

  it('says in words which sound was left out', async () => {
    const clip = await clips.clip('dflt', rangeIn('dflt', 8, 10));
    expect(clip.warnings.join(' ')).toMatch(/G\.711/);
  });

  it('is the same from call to call', async () => {
    const range = rangeIn('old', 5, 10);
    const [first, second] = [await clips.clip('old', range), await clips.clip('old', range)];
    expect(second.etag).toBe(first.etag);
    expect(second.layout).toBe(first.layout);
    const another = await clips.clip('old', { ...range, endUs: range.endUs - 1e6 });
    expect(another.etag).not.toBe(first.etag);
  });
});

describe('several recordings', () => {
  it('of two nodes make one clip over the border', async () => {
    const { database } = test;
    const a = { stream: 'two', node: 'a', folder: OLD('cam1'), prefixes: BOTH };
    indexed.two = await indexCapture(database, { ...a, keep: (place) => place < 2 });
    await indexCapture(database, { ...a, node: 'b', shiftUs: 3e6 });
    const clip = await clips.clip('two', rangeIn('two', 8, 25));
    expect(clip).toMatchObject({ durationUs: 25_000_000, gaps: [] });
    const file = await examined(clip);
    expect(file).toMatchObject({ messages: '', kinds: ['audio', 'video'] });
    expect(Math.abs(file.durationSec - 25)).toBeLessThanOrEqual(1 / 30);
  });

  it('with a gap between them are closed up, and the gap is told', async () => {
    const { database } = test;
    const first = await indexCapture(database, { stream: 'gap', folder: OLD('cam1'), prefixes: BOTH });
    const shiftUs = 60e6;
    await indexCapture(database, { stream: 'gap', folder: OLD('cam1'), prefixes: BOTH, shiftUs });
    indexed.gap = first;
    const clip = await clips.clip('gap', rangeIn('gap', 30, 40));
    expect(clip.gaps).toHaveLength(1);
    const gapUs = clip.gaps[0]!.endUs - clip.gaps[0]!.startUs;
    expect(clip.durationUs + gapUs).toBe(40_000_000);
    expect((await examined(clip)).messages).toBe('');
  });

  it('with different codecs are refused with the parts that work', async () => {
    const { database } = test;
    const first = await indexCapture(database, { stream: 'mixed', folder: OLD('cam1'), prefixes: BOTH });
    await indexCapture(database, {
      stream: 'mixed',
      folder: HEAD('cam3'),
      prefixes: BOTH,
      shiftUs: 615e6 + 40e6,
    });
    indexed.mixed = first;
    const range = rangeIn('mixed', 10, 70);
    const refused: unknown = await clips.clip('mixed', range).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'codec_change', status: 409 });
    const parts = await clips.parts('mixed', range);
    expect(refused).toMatchObject({ details: { parts } });
    expect(parts).toHaveLength(2);
    expect([parts[0]?.startUs, parts[1]?.endUs]).toEqual([range.startUs, range.endUs]);
    for (const part of parts) {
      const file = await examined(await clips.clip('mixed', part));
      expect(file).toMatchObject({ messages: '', kinds: ['audio', 'video'] });
    }
  });
});

describe('what cannot be', () => {
  it('is a clip of nothing', async () => {
    await expect(clips.clip('old', rangeIn('old', 100, 10))).rejects.toMatchObject({
      code: 'no_media',
      details: { nearestAfterUs: null },
    });
  });

  it('is a clip of sound alone that nobody can decode', async () => {
    await indexCapture(test.database, { stream: 'noise', folder: HEAD('dflt'), prefixes: { audio: 'a_' } });
    const range = rangeIn('dflt', 8, 10);
    await expect(clips.clip('noise', range)).rejects.toMatchObject({ code: 'media_unusable' });
  });

  it('is a reversed range', async () => {
    await expect(clips.clip('old', rangeIn('old', 10, -5))).rejects.toMatchObject({ code: 'invalid_range' });
  });
});
