import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../core/base/clock.ts';
import { silentLogger } from '../core/base/logger.ts';
import { LoopRecorder } from './loop-recorder.ts';
import { loadLoop } from './loops/loop.ts';
import type { LoopRecording } from './loops/loop-recording.ts';

const run = promisify(execFile);
const LOOPS = join(import.meta.dirname, '../../resources/demo/loops');
/** 2027-01-15T08:00:00Z: any full minute does. */
const START_MS = 1_800_000_000_000;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'loop recorder '));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe.each([
  ['gate-north', 'h264'],
  ['yard-7', 'vp9'],
  ['crane-3', 'av1'],
])('a recording of %s (%s)', (stream, codec) => {
  it('decodes without a message, with every frame', async () => {
    const clock: Clock = { ...systemClock, nowMs: () => START_MS + 187_480 };
    const recordings: LoopRecording[] = [];
    const recorder = new LoopRecorder({
      storageRoot: root,
      stream,
      loop: await loadLoop(stream, join(LOOPS, stream)),
      plan: { slots: { periodMs: 4000, offsetMs: 0 }, lengthMs: 3_600_000, waitMs: 1200 },
      clock,
      logger: silentLogger,
      listener: { onRecording: (recording) => recordings.push(recording), onProgress: () => {} },
    });
    await recorder.fillPast(START_MS, new AbortController().signal);
    await recorder.stop();

    const directory = join(root, stream, String(START_MS / 1000));
    expect(recordings.map((each) => each.options.recordDir)).toEqual([`${stream}/${START_MS / 1000}`]);
    const video = await joined(directory, 'v');
    const audio = await joined(directory, 'a');
    expect(await decode(video)).toBe('');
    expect(await decode(audio)).toBe('');
    const [v, a] = [await probe(video), await probe(audio)];
    expect(v).toMatchObject({ codec_name: codec, width: 640, height: 360, nb_read_frames: '4687' });
    expect(a).toMatchObject({ codec_name: 'opus', channels: 1, nb_read_packets: '9374' });

    const manifest = await readFile(join(directory, 'manifest.mpd'), 'utf8');
    expect(manifest).toContain('type="static"');
    expect(manifest).toContain('mediaPresentationDuration="PT187.480S"');
    expect(manifest.match(/<S t=/g)).toHaveLength(2 * 19);
    const initTime = (await stat(join(directory, 'v_init.m4s'))).mtimeMs;
    expect(Math.abs(initTime - START_MS)).toBeLessThan(1);
    const lastTime = (await stat(join(directory, 'a_seg_0019.m4s'))).mtimeMs;
    expect(Math.abs(lastTime - (START_MS + 187_480))).toBeLessThan(1);
  }, 60_000);
});

async function joined(directory: string, prefix: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(`${prefix}_seg_`)).sort();
  const parts = [`${prefix}_init.m4s`, ...names].map((name) => readFile(join(directory, name)));
  const file = join(directory, `${prefix}-joined.mp4`);
  await writeFile(file, Buffer.concat(await Promise.all(parts)));
  return file;
}

async function decode(file: string): Promise<string> {
  const { stderr } = await run('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-']);
  return stderr;
}

async function probe(file: string): Promise<Record<string, unknown>> {
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-count_frames',
    '-count_packets',
    '-show_streams',
    '-of',
    'json',
    file,
  ]);
  return JSON.parse(stdout).streams[0];
}
