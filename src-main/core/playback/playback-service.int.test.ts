import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { CAPTURES } from '../media/media-test-kit.ts';
import { FsStore } from '../storage/fs-store.ts';
import { createPlaybackService, type PlaybackService } from './playback-service.ts';
import {
  decode,
  type IndexedRecording,
  indexCapture,
  type PlaybackServer,
  servePlayback,
} from './playback-test-kit.ts';

const BOTH = { video: 'v_', audio: 'a_' };
const HEAD = (name: string) => `head/recordings/${name}/1795345208`;
const OLD = (name: string) => `v0.9.0/recordings/${name}/1795345823`;

let test: TestDatabase;
let server: PlaybackServer;
let playback: PlaybackService;
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
  await add('gone', 'head/recordings/gone/1795345263', BOTH);
  await add('old', OLD('cam1'), BOTH);
  await add('mute', OLD('mute'), { video: 'v_' });
  await add('vp8', OLD('vp8'), { audio: 'a_' });
  await add('push', 'push/recordings/cam1/2026/11/22', { video: '', audio: 'audio_' });
  const store = new FsStore(CAPTURES);
  const index = { ensureAnalysed: async () => {} };
  playback = createPlaybackService({ database, store, index, clock: systemClock, logger: silentLogger });
  server = await servePlayback(playback, null, store);
});

afterAll(async () => {
  await server?.close();
  await test?.close();
});

const wholeOf = (stream: string) => {
  const recording = indexed[stream];
  if (!recording) throw new Error(`${stream} is not indexed.`);
  return { startUs: recording.startUs, endUs: recording.endUs };
};
const urlOf = (stream: string, file: string, range = wholeOf(stream)) =>
  `${server.origin}/${encodeURIComponent(stream)}/${file}?start_ts=${range.startUs}&end_ts=${range.endUs}`;

describe('HLS of captured recordings', () => {
  it.each([
    ['cam1', 1051, 'avc1.42e01f,opus', 1700],
    ['gone', 361, 'avc1.42e01f,opus', 590],
    ['cam3', 1053, 'av01.0.00M.08,opus', 1700],
    ['old', 1052, 'avc1.42e01f,opus', 1700],
    ['mute', 1051, 'avc1.42e01f', 0],
    ['dflt', 6, 'vp09.00.10.08', 0],
    ['push', 660, 'avc1.42e01f,opus', 1000],
  ])('%s decodes without a message', async (stream, videoFrames, _codecs, leastAudio) => {
    const decoded = await decode(urlOf(stream, 'hls/index.m3u8'));
    expect(decoded.messages).toBe('');
    expect(decoded.videoFrames).toBe(videoFrames);
    expect(decoded.audioFrames).toBeGreaterThanOrEqual(leastAudio);
    if (leastAudio === 0) expect(decoded.audioFrames).toBe(0);
  });
});
