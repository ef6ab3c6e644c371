import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyCaptures } from './support/capture-storage.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { decodeMessages } from './support/media-checks.ts';

/** `liveman index` beside a running manager, on what real nodes of three versions recorded. */

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../out/headless/main.js', import.meta.url));
const VERSIONS = ['head', 'v0.9.0', 'push'] as const;

let dataDir: string;
let manager: ManagerProcess;

function index(version: (typeof VERSIONS)[number]) {
  const storage = join(dataDir, `captures-${version}`);
  return run(process.execPath, [MAIN, 'index', '--storage', storage, '--data', dataDir, '--node', version], {
    cwd: dataDir,
  });
}

beforeAll(async () => {
  dataDir = await makeDataDir();
  manager = await startManager(dataDir);
  for (const version of VERSIONS) {
    await copyCaptures(version, join(dataDir, `captures-${version}`));
    await index(version);
  }
});
afterAll(async () => {
  await manager?.stop();
  await removeDataDir(dataDir);
});

interface Segment {
  start_ts: number;
  end_ts: number;
  node_alias: string;
  is_keyframe: boolean;
}

async function segmentsOf(stream: string, node: string): Promise<Segment[]> {
  const reply = await fetch(`${manager.origin}/api/record/${stream}/timeline?limit=1000`);
  const { segments } = (await reply.json()) as { segments: Segment[] };
  return segments.filter((segment) => segment.node_alias === node);
}

async function frameCounts(input: string): Promise<Record<string, number>> {
  const { stderr, stdout } = await run('ffprobe', [
    ...[
      '-v',
      'error',
      '-count_frames',
      '-show_entries',
      'stream=codec_name,nb_read_frames',
      '-of',
      'json',
      input,
    ],
  ]);
  expect(stderr).toBe('');
  const { streams } = JSON.parse(stdout) as { streams: { codec_name: string; nb_read_frames: string }[] };
  return Object.fromEntries(streams.map((stream) => [stream.codec_name, Number(stream.nb_read_frames)]));
}

describe.each([
  { stream: 'cam1', node: 'head', segments: 4, sec: 35.078, frames: { h264: 1051, opus: 1754 } },
  { stream: 'gone', node: 'head', segments: 1, sec: 12.012, frames: { h264: 361, opus: 601 } },
  { stream: 'cam3', node: 'head', segments: 3, sec: 35.11, frames: { av1: 1053, opus: 1756 } },
  { stream: 'dflt', node: 'head', segments: 3, sec: 36.003, frames: { vp9: 6 } },
  { stream: 'cam1', node: 'v0.9.0', segments: 3, sec: 35.078, frames: { h264: 1052, opus: 1754 } },
  { stream: 'mute', node: 'v0.9.0', segments: 3, sec: 35.112, frames: { h264: 1053 } },
  { stream: 'vp8', node: 'v0.9.0', segments: 4, sec: 35.08, frames: { opus: 1754 } },
  { stream: 'cam1', node: 'push', segments: 3, sec: 32.966, frames: { h264: 660, opus: 1100 } },
])('$stream of $node', ({ frames, node, sec, segments, stream }) => {
  it('is in the index once, with its true length, and plays and exports without a message', async () => {
    const rows = await segmentsOf(stream, node);
    expect(rows).toHaveLength(segments);
    const startUs = rows[0]?.start_ts as number;
    const endUs = rows.at(-1)?.end_ts as number;
    expect((endUs - startUs) / 1e6).toBeCloseTo(sec, 2);

    const range = `start_ts=${startUs}&end_ts=${endUs}`;
    const hls = `${manager.origin}/api/record/${stream}/hls/index.m3u8?${range}`;
    expect(await frameCounts(hls)).toEqual(frames);
    expect(await decodeMessages(hls)).toBe('');
    const clip = `${manager.origin}/api/record/${stream}/clip.mp4?${range}`;
    expect(await frameCounts(clip)).toEqual(frames);
    expect(await decodeMessages(clip)).toBe('');
  });
});

it('adds nothing the second time', async () => {
  const { stdout } = await index('head');
  expect(stdout).toContain(' 0 segments added, 25 known already');
});

it.each([
  ['recordings by their second', 'head', 'cam1'],
  ['recordings by their day', 'push', 'cam1'],
] as const)('takes the folder of one stream, with %s, for no storage root', async (_, version, stream) => {
  const storage = join(dataDir, `captures-${version}`, stream);
  const args = [MAIN, 'index', '--storage', storage, '--data', dataDir];
  await expect(run(process.execPath, args, { cwd: dataDir })).rejects.toMatchObject({
    stderr: expect.stringContaining('is the folder of one stream'),
  });
  const streams = (await (await fetch(`${manager.origin}/api/playback`)).json()) as string[];
  expect(streams).toContain(stream);
  expect(streams.filter((name) => /^\d+$/.test(name))).toEqual([]);
});

it('serves stored objects byte for byte, in ranges, with their type and a validator', async () => {
  const path = 'cam1/1795345208/a_seg_0001.m4s';
  const stored = await readFile(join(dataDir, 'captures-head', path));
  const url = `${manager.origin}/api/record/object/${path}`;
  const whole = await fetch(url);
  expect(whole.headers.get('content-type')).toBe('audio/mp4');
  expect(Buffer.from(await whole.arrayBuffer()).equals(stored)).toBe(true);
  const part = await fetch(url, { headers: { range: 'bytes=100-199' } });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${stored.length}`]);
  expect(Buffer.from(await part.arrayBuffer()).equals(stored.subarray(100, 200))).toBe(true);
  const etag = whole.headers.get('etag') as string;
  expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
  expect((await fetch(url, { headers: { range: `bytes=${stored.length}-` } })).status).toBe(416);
  const manifest = await fetch(`${manager.origin}/api/record/object/cam1/1795345208/manifest.mpd`);
  expect(manifest.headers.get('content-type')).toBe('application/dash+xml');
  expect((await fetch(`${manager.origin}/api/record/object/cam1/none.m4s`)).status).toBe(404);
});

it('names undecodable sound in words', async () => {
  const [first] = await segmentsOf('dflt', 'head');
  const reply = await fetch(`${manager.origin}/api/record/dflt/at?ts=${(first?.start_ts as number) + 1}`);
  const { segment } = (await reply.json()) as { segment: { audioProblem: string } };
  expect(segment.audioProblem).toContain('G.711');
});

it('says where the nearest recorded times are', async () => {
  const rows = await segmentsOf('cam1', 'head');
  const startUs = (rows[0]?.start_ts as number) - 60_000_000;
  const reply = await fetch(
    `${manager.origin}/api/record/cam1/clip.mp4?start_ts=${startUs}&end_ts=${startUs + 10_000_000}`,
  );
  expect(reply.status).toBe(404);
  const { code, details } = (await reply.json()) as { code: string; details: { nearestAfterUs: number } };
  expect(code).toBe('no_media');
  // The sound may begin a little before the pictures.
  expect(Math.abs(details.nearestAfterUs - (rows[0]?.start_ts as number))).toBeLessThan(1_000_000);
});
