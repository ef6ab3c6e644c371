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
  textOf,
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
    ['cam1', 1051, 1700],
    ['gone', 361, 590],
    ['cam3', 1053, 1700],
    ['old', 1052, 1700],
    ['mute', 1053, 0],
    ['dflt', 6, 0],
    ['push', 660, 1000],
  ])('%s decodes without a message', async (stream, videoFrames, leastAudio) => {
    const decoded = await decode(urlOf(stream, 'hls/index.m3u8'));
    expect(decoded.messages).toBe('');
    expect(decoded.videoFrames).toBe(videoFrames);
    expect(decoded.audioFrames).toBeGreaterThanOrEqual(leastAudio);
    if (leastAudio === 0) expect(decoded.audioFrames).toBe(0);
  });

  it('plays sound alone where no pictures were recorded', async () => {
    const decoded = await decode(urlOf('vp8', 'hls/index.m3u8'));
    expect(decoded).toMatchObject({ messages: '', videoFrames: 0 });
    expect(decoded.audioFrames).toBeGreaterThan(1700);
  });

  it('says how long the pictures are: 35.08 s', async () => {
    const playlist = await textOf(playback.video('cam1', wholeOf('cam1')));
    expect(secondsOf(playlist)).toBeCloseTo(35.08, 2);
    expect(playlist).toContain('#EXT-X-ENDLIST');
  });

  it('names codecs, size and rate of what is there', async () => {
    const playlist = await playback.multivariant('cam1', wholeOf('cam1'));
    expect(playlist).toMatch(/CODECS="avc1\.42[0-9a-f]{4},opus",RESOLUTION=320x180,FRAME-RATE=(29|30)\./);
    expect(await playback.multivariant('dflt', wholeOf('dflt'))).toMatch(/CODECS="vp09\.00\.10\.08"/);
    expect(await playback.multivariant('cam3', wholeOf('cam3'))).toMatch(/CODECS="av01\.0\.\d\dM\.08,opus"/);
    expect(await playback.multivariant('mute', wholeOf('mute'))).not.toContain('AUDIO');
  });

  it('lets pictures of a recording with only key frames last until the next', async () => {
    expect(secondsOf(await textOf(playback.video('dflt', wholeOf('dflt'))))).toBeGreaterThan(30);
  });

  it('does not start with the first segment of the push generation, which has no key frame', async () => {
    const playlist = await textOf(playback.video('push', wholeOf('push')));
    expect(segmentLines(playlist)).toHaveLength(2);
    expect(secondsOf(playlist)).toBeCloseTo(22, 1);
  });
});

describe('media files', () => {
  it('have the same bytes whatever range they were found by', async () => {
    const { startUs, endUs } = wholeOf('cam1');
    const whole = segmentLines(await textOf(playback.video('cam1', { startUs, endUs })));
    const part = segmentLines(
      await textOf(playback.video('cam1', { startUs: startUs + 15e6, endUs: startUs + 20e6 })),
    );
    expect(part.length).toBeGreaterThan(0);
    for (const line of part) expect(whole).toContain(line);
    const file = part[0]!.replace('segment/', '');
    const [first, second] = [await playback.segment('cam1', file), await playback.segment('cam1', file)];
    expect(first).toEqual(second);
    expect(first.etag).not.toContain('"');
  });

  it('put both tracks on one axis, the later one moved', async () => {
    const [video, audio] = await Promise.all([
      firstTfdt('old', await textOf(playback.video('old', wholeOf('old')))),
      firstTfdt('old', await textOf(playback.audio('old', wholeOf('old')))),
    ]);
    // The init file of the pictures was written 38 ms after that of the sound.
    expect(video / 90_000).toBeCloseTo(0.038, 2);
    // Sound from before the first picture is cut off, but for the packet that is heard with it.
    expect(audio / 48_000 - video / 90_000).toBeLessThanOrEqual(0);
    expect(audio / 48_000 - video / 90_000).toBeGreaterThan(-0.02);
  });

  it('are given only under their own stream', async () => {
    const [line] = segmentLines(await textOf(playback.video('cam1', wholeOf('cam1'))));
    const file = line!.replace('segment/', '');
    const track = indexed.cam1?.trackIds.video;
    await expect(playback.segment('gone', file)).rejects.toMatchObject({ code: 'not_found' });
    await expect(playback.initSegment('gone', `${track}.mp4`)).rejects.toMatchObject({ code: 'not_found' });
    await expect(playback.initSegment('cam1', `${track}.mp4`)).resolves.toMatchObject({
      contentType: 'video/mp4',
    });
    await expect(playback.segment('cam1', '../../etc/passwd')).rejects.toMatchObject({ code: 'not_found' });
    expect(() => playback.silence('0-99999999999.m4s')).toThrow(/no silence/);
  });
});

describe('a range without media', () => {
  it('names the nearest times', async () => {
    const { startUs, endUs } = wholeOf('cam1');
    const before = { startUs: startUs - 60e6, endUs: startUs - 30e6 };
    await expect(playback.multivariant('cam1', before)).rejects.toMatchObject({
      code: 'no_media',
      details: { nearestBeforeUs: null, nearestAfterUs: startUs },
    });
    const after = { startUs: endUs + 30e6, endUs: endUs + 60e6 };
    await expect(playback.video('cam1', after)).rejects.toMatchObject({
      code: 'no_media',
      details: { nearestAfterUs: null },
    });
  });

  it('is refused where it is reversed', async () => {
    const reversed = playback.multivariant('cam1', { startUs: 2e15, endUs: 1e15 });
    await expect(reversed).rejects.toMatchObject({ code: 'invalid_range' });
  });

  it('says so where the stream is unknown', async () => {
    const unknown = playback.multivariant('nobody', { startUs: 1e15, endUs: 2e15 });
    await expect(unknown).rejects.toThrow(/nothing of this stream is indexed/);
  });
});

describe('several recordings', () => {
  it('stitches two nodes, with silence where the second has no sound', async () => {
    const { database } = test;
    // Node a loses its second half; b has pictures alone, 3 s late.
    const early = (place: number) => place < 2;
    const a = { stream: 'two', node: 'a', folder: OLD('cam1'), prefixes: BOTH };
    const first = await indexCapture(database, { ...a, keep: early });
    const b = { stream: 'two', node: 'b', folder: OLD('mute'), prefixes: { video: 'v_' }, shiftUs: 3e6 };
    const second = await indexCapture(database, b);
    indexed.two = { ...first, endUs: second.endUs };
    const range = wholeOf('two');
    const [video, audio] = [
      await textOf(playback.video('two', range)),
      await textOf(playback.audio('two', range)),
    ];
    expect(video.match(/#EXT-X-DISCONTINUITY$/gm)).toHaveLength(1);
    expect(audio.match(/#EXT-X-DISCONTINUITY$/gm)).toHaveLength(1);
    expect(secondsOf(video)).toBeCloseTo((range.endUs - first.startUs) / 1e6, 0);
    expect(secondsOf(audio)).toBeCloseTo(secondsOf(video), 0);
    expect(audio).toContain('init/silence.mp4');
    for (const playlist of [video, audio]) {
      for (const line of segmentLines(playlist)) {
        const response = await fetch(new URL(line, `${server.origin}/two/hls/x`));
        expect(response.status, line).toBe(200);
        expect((await response.arrayBuffer()).byteLength).toBe(
          Number(response.headers.get('content-length')),
        );
      }
    }
  });

  it('ends both tracks before a lost object and begins them anew behind it', async () => {
    const lost = {
      stream: 'lost',
      folder: OLD('cam1'),
      prefixes: BOTH,
      isMissing: (place: number) => place === 1,
    };
    indexed.lost = await indexCapture(test.database, lost);
    const [video, audio] = [
      await textOf(playback.video('lost', wholeOf('lost'))),
      await textOf(playback.audio('lost', wholeOf('lost'))),
    ];
    for (const playlist of [video, audio]) expect(playlist.match(/#EXT-X-DISCONTINUITY$/gm)).toHaveLength(1);
    const whole = secondsOf(await textOf(playback.video('old', wholeOf('old'))));
    expect(whole - secondsOf(video)).toBeGreaterThan(9);
    expect(secondsOf(audio)).toBeCloseTo(secondsOf(video), 0);
    expect(await decode(urlOf('lost', 'hls/index.m3u8'))).toMatchObject({ messages: '' });
  });

  it('fills the start with silence where sound came late', async () => {
    const late = { stream: 'late', folder: OLD('cam1'), prefixes: BOTH, audioShiftUs: 4e6 };
    const recording = await indexCapture(test.database, late);
    indexed.late = { ...recording, endUs: recording.startUs + 30e6 };
    const [first] = segmentLines(await textOf(playback.audio('late', wholeOf('late'))));
    expect(first).toMatch(/^silence\//);
    const decoded = await decode(urlOf('late', 'hls/index.m3u8'));
    expect(decoded).toMatchObject({ messages: '' });
  });
});

describe('a picture', () => {
  it.each(['cam1', 'cam3', 'old', 'push'])(
    'of %s is one frame, the key frame at or before',
    async (stream) => {
      const { endUs, startUs } = wholeOf(stream);
      for (const us of [Math.round((startUs + endUs) / 2), endUs - 1e6]) {
        const decoded = await decode(urlOf(stream, 'picture.mp4').replace(/\?.*/, `?ts=${us}`));
        expect(decoded, `at ${us}`).toEqual({ messages: '', videoFrames: 1, audioFrames: 0 });
      }
    },
  );

  it('is not there where nothing was recorded, nor of what is lost', async () => {
    await expect(playback.picture('cam1', wholeOf('cam1').startUs - 60e6)).rejects.toMatchObject({
      code: 'no_media',
    });
    const { endUs, startUs } = wholeOf('lost');
    await expect(playback.picture('lost', Math.round((startUs + endUs) / 2))).rejects.toMatchObject({
      code: 'no_media',
    });
  });
});

describe('an open end', () => {
  it('grows while the stream is recorded and ends when it is not', async () => {
    const { database } = test;
    const recording = await indexCapture(database, { stream: 'live', folder: OLD('cam1'), prefixes: BOTH });
    const open = { startUs: recording.startUs, endUs: null };
    const at = (afterEndSec: number) =>
      createPlaybackService({
        database,
        store: new FsStore(CAPTURES),
        index: { ensureAnalysed: async () => {} },
        clock: { ...systemClock, nowMs: () => recording.endUs / 1000 + afterEndSec * 1000 },
        logger: silentLogger,
      });
    const growing = await textOf(at(5).video('live', open));
    expect(growing).toContain('#EXT-X-PLAYLIST-TYPE:EVENT');
    expect(growing).not.toContain('ENDLIST');
    const ended = await textOf(at(600).video('live', open));
    expect(ended).toContain('#EXT-X-PLAYLIST-TYPE:VOD');
    expect(ended).toContain('#EXT-X-ENDLIST');
    expect(await at(5).multivariant('live', open)).toContain(`video.m3u8?start_ts=${recording.startUs}\n`);
  });
});

describe('DASH', () => {
  it.each([
    ['cam1', 1051],
    ['mute', 1053],
  ])('of %s decodes without a message', async (stream, videoFrames) => {
    const decoded = await decode(urlOf(stream, 'mpd'));
    expect(decoded.messages).toBe('');
    expect(decoded.videoFrames).toBe(videoFrames);
  });

  it('lists silence where sound came late, and escapes what stands in names', async () => {
    const manifest = await textOf(playback.mpd('late', wholeOf('late'), '/x&\'"<$/hls/'));
    expect(manifest).toContain('<SegmentList timescale="48000"');
    expect(manifest).toContain('/x&#38;&#39;&#34;&#60;$/hls/silence/');
    expect(manifest).toContain('media="/x&#38;&#39;&#34;&#60;$$/hls/segment/');
  });
});

const segmentLines = (playlist: string) =>
  playlist.split('\n').filter((line) => line && !line.startsWith('#'));

const secondsOf = (playlist: string) =>
  [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);

async function firstTfdt(stream: string, playlist: string): Promise<number> {
  const [line] = segmentLines(playlist);
  const response = await fetch(new URL(line!, `${server.origin}/${stream}/hls/x`));
  const bytes = Buffer.from(await response.arrayBuffer());
  return Number(bytes.readBigUInt64BE(bytes.indexOf('tfdt') + 8));
}
