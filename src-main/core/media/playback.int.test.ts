import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from '@playwright/test';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildClip } from './clip-layout.ts';
import { correctedInitSegment } from './init-segment.ts';
import { LayoutBuilder } from './layout.ts';
import {
  clipTrack,
  layoutBytes,
  loadTrack,
  servedLayout,
  servedSegments,
  type TestTrack,
} from './media-test-kit.ts';
import { silentInitSegment, silentSegment } from './silence.ts';

const HLS_JS = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js');

const files = new Map<string, Buffer>();
let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = createServer((request, reply) => {
    const bytes = files.get(request.url ?? '');
    if (bytes === undefined) {
      reply.writeHead(200, { 'content-type': 'text/html' }).end('<video muted></video>');
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from ?? 0);
    const end = to === undefined || to === '' ? bytes.length : Number(to) + 1;
    const range = { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}`, 'accept-ranges': 'bytes' };
    reply.writeHead(from === undefined ? 200 : 206, { 'content-type': 'video/mp4', ...range });
    reply.end(bytes.subarray(start, end));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await browser?.close();
  await new Promise((done) => server.close(done));
});

/** Plays to the end at 4 times the speed; `load` is the body of an async function that fills `video`. */
async function playThrough(load: string): Promise<{ endedAtS: number; frames: number; error: string }> {
  return await page.evaluate(`(async () => {
    const video = document.querySelector('video');
    const ended = new Promise((done) => { video.onended = done; video.onerror = done; });
    ${load}
    video.playbackRate = 4;
    await video.play();
    await ended;
    const { totalVideoFrames } = video.getVideoPlaybackQuality();
    return { endedAtS: video.currentTime, frames: totalVideoFrames, error: video.error ? video.error.message : '' };
  })()`);
}

/** MediaSource with one buffer per type; the files are appended whole. */
function mediaSource(buffers: readonly { type: string; url: string }[]): string {
  return `
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((done) => { source.onsourceopen = done; });
    const added = ${JSON.stringify(buffers)}.map(({ type, url }) => ({ buffer: source.addSourceBuffer(type), url }));
    for (const { buffer, url } of added) {
      const bytes = await (await fetch(url)).arrayBuffer();
      await new Promise((done, fail) => { buffer.onupdateend = done; buffer.onerror = fail; buffer.appendBuffer(bytes); });
    }
    source.endOfStream();`;
}

it.each([
  ['head/recordings/cam1/1795345208', 3.21, 120],
  ['head/recordings/cam3/1795345208', 7.777, 120],
])('Chromium plays a clip of %s to its end', async (folder, inS, minFrames) => {
  const video = await loadTrack(folder, 'v_');
  const startUs = video.zeroUs + inS * 1e6;
  const tracks = [clipTrack(video), clipTrack(await loadTrack(folder, 'a_'))];
  const plan = buildClip({ startUs, endUs: startUs + 6_000_000, tracks });
  files.set('/clip.mp4', await layoutBytes(plan.layout));
  const played = await playThrough("video.src = '/clip.mp4';");
  expect(played.error).toBe('');
  expect(Math.abs(played.endedAtS - 6)).toBeLessThan(0.05);
  expect(played.frames).toBeGreaterThanOrEqual(minFrames);
});

it('Chromium plays a repaired recording to its end through MediaSource', async () => {
  const folder = 'head/recordings/cam1/1795345208';
  const video = await loadTrack(folder, 'v_');
  const audio = await loadTrack(folder, 'a_');
  files.set('/v', await layoutBytes(servedLayout(video, 1080)));
  files.set('/a', await layoutBytes(servedLayout(audio)));
  const played = await playThrough(
    mediaSource([
      { type: `video/mp4; codecs="${video.init.codecString}"`, url: '/v' },
      { type: `audio/mp4; codecs="${audio.init.codecString}"`, url: '/a' },
    ]),
  );
  expect(played.error).toBe('');
  expect(played.endedAtS).toBeGreaterThan(35);
  expect(played.frames).toBeGreaterThan(1000);
});

/** Puts a track's media playlist and files under `/{name}`. */
async function servePlaylist(name: string, track: TestTrack, offsetTicks: number): Promise<void> {
  const { init, segments } = track;
  files.set(`/${name}/init.mp4`, Buffer.from(correctedInitSegment(track.initBytes)));
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:20', '#EXT-X-PLAYLIST-TYPE:VOD'];
  lines.push('#EXT-X-MAP:URI="init.mp4"');
  for (const [i, layout] of servedSegments(track, offsetTicks).entries()) {
    const { analysis } = segments[i]!;
    const endTicks = segments[i + 1]?.analysis.startTicks ?? analysis.endTicks;
    lines.push(`#EXTINF:${((endTicks - analysis.startTicks) / init.timescale).toFixed(6)},`, `${i}.m4s`);
    files.set(`/${name}/${i}.m4s`, await layoutBytes(layout));
  }
  files.set(`/${name}/index.m3u8`, Buffer.from([...lines, '#EXT-X-ENDLIST', ''].join('\n')));
}

it.each([
  ['head/recordings/cam1/1795345208', 35.07, 1040],
  ['v0.9.0/recordings/cam1/1795345823', 35.07, 1040],
])(
  'hls.js plays %s to its end without an error, and its buffer has no hole',
  async (folder, endS, minFrames) => {
    const video = await loadTrack(folder, 'v_');
    const audio = await loadTrack(folder, 'a_');
    const zeroUs = Math.min(video.zeroUs, audio.zeroUs);
    for (const [name, track] of [['v', video] as const, ['a', audio] as const]) {
      const offsetTicks = Math.round(((track.zeroUs - zeroUs) * track.init.timescale) / 1e6);
      await servePlaylist(name, track, offsetTicks);
    }
    const main = [
      '#EXTM3U',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,URI="a/index.m3u8"',
      `#EXT-X-STREAM-INF:BANDWIDTH=500000,CODECS="${video.init.codecString},opus",AUDIO="aud"`,
      'v/index.m3u8',
      '',
    ];
    files.set('/main.m3u8', Buffer.from(main.join('\n')));
    await page.addScriptTag({ content: await readFile(HLS_JS, 'utf8') });
    const played = await playThrough(`
    window.problems = [];
    const hls = new Hls({ maxBufferLength: 60 });
    hls.on(Hls.Events.ERROR, (_, data) => problems.push(data.details));
    hls.loadSource('/main.m3u8');
    const buffered = new Promise((done) => hls.on(Hls.Events.BUFFERED_TO_END, done));
    hls.attachMedia(video);
    await buffered;
    window.ranges = video.buffered.length;`);
    expect(played.error).toBe('');
    expect(await page.evaluate('problems')).toEqual([]);
    expect(await page.evaluate('ranges')).toBe(1);
    expect(played.endedAtS).toBeGreaterThan(endS);
    expect(played.frames).toBeGreaterThan(minFrames);
  },
);

it('Chromium plays VP9 key frames beside generated silence', async () => {
  const video = await loadTrack('head/recordings/dflt/1795345208', 'v_');
  files.set('/v', await layoutBytes(servedLayout({ ...video, segments: video.segments.slice(0, 1) })));
  const silence = new LayoutBuilder()
    .addBytes(silentInitSegment(2))
    .addBytes(silentSegment({ startTicks: 0, durationTicks: 500_123, sequence: 1 }))
    .addBytes(silentSegment({ startTicks: 500_123, durationTicks: 300_000, sequence: 2 }));
  files.set('/a', await layoutBytes(silence.build()));
  const played = await playThrough(
    mediaSource([
      { type: `video/mp4; codecs="${video.init.codecString}"`, url: '/v' },
      { type: 'audio/mp4; codecs="opus"', url: '/a' },
    ]),
  );
  expect(played.error).toBe('');
  expect(played.endedAtS).toBeGreaterThan(16);
});
