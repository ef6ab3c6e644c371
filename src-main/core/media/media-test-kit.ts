import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ClipTrack } from './clip-layout.ts';
import { plainFragmentBytes } from './fragment-writer.ts';
import { correctedInitSegment, type InitSegment, parseInitSegment } from './init-segment.ts';
import { type Layout, LayoutBuilder } from './layout.ts';
import { parseSegmentHeader, type SegmentHeader } from './media-segment.ts';
import { type AnalysisCarry, analyseSegment, type SegmentAnalysis } from './repair.ts';
import { segmentLayout } from './segment-layout.ts';

/** Helpers of this folder's tests: the captured recordings, read as the indexer reads them. */

export const CAPTURES = fileURLToPath(new URL('../../../e2e/fixtures/captures', import.meta.url));

export interface TestSegment {
  /** Relative to `CAPTURES`. */
  path: string;
  bytes: Buffer;
  header: SegmentHeader;
  analysis: SegmentAnalysis;
}

export interface TestTrack {
  initPath: string;
  initBytes: Buffer;
  init: InitSegment;
  segments: TestSegment[];
  /** Modification time of the init file, the track's tick 0. */
  zeroUs: number;
}

export function analyseAll(
  files: readonly { path: string; bytes: Buffer }[],
  init: InitSegment,
): TestSegment[] {
  let carry: AnalysisCarry | null = null;
  return files.map(({ path, bytes }) => {
    const header = parseSegmentHeader(bytes, { fileSizeBytes: bytes.length, defaults: init.defaults });
    const result = analyseSegment(carry, header, bytes.subarray(header.dataOffset), {
      kind: init.track,
      timescale: init.timescale,
    });
    carry = result.carry;
    return { path, bytes, header, analysis: result.analysis };
  });
}

/** `folder` is relative to the captures; `prefix` is `v_`, `a_`, or for the push generation empty or `audio_`. */
export async function loadTrack(folder: string, prefix: string): Promise<TestTrack> {
  const initPath = `${folder}/${prefix}init.m4s`;
  const initBytes = await readFile(join(CAPTURES, initPath));
  const init = parseInitSegment(initBytes);
  const names = (await readdir(join(CAPTURES, folder))).filter((name) => name.startsWith(`${prefix}seg_`));
  const files = await Promise.all(
    names.sort().map(async (name) => {
      const path = `${folder}/${name}`;
      return { path, bytes: await readFile(join(CAPTURES, path)) };
    }),
  );
  const [version, , ...inRecordings] = initPath.split('/');
  const times = await readFile(join(CAPTURES, `${version}/recordings/mtimes.json`), 'utf8');
  const mtimes: Record<string, number> = JSON.parse(times);
  const mtimeMs = mtimes[inRecordings.join('/')];
  if (mtimeMs === undefined) throw new Error(`No modification time is known of ${initPath}.`);
  return { initPath, initBytes, init, segments: analyseAll(files, init), zeroUs: mtimeMs * 1000 };
}

/** The segments as they are served. */
export function servedSegments({ init, segments }: TestTrack, offsetTicks = 0): Layout[] {
  return segments.map(({ header, analysis, bytes, path }, i) =>
    segmentLayout({
      path,
      sizeBytes: bytes.length,
      track: { kind: init.track, timescale: init.timescale },
      header,
      headerBytes: bytes.subarray(0, header.headerSizeBytes),
      analysis,
      offsetTicks,
      nextStartTicks: segments[i + 1]?.analysis.startTicks,
    }),
  );
}

/** The track as served: init and all segments in one file. */
export function servedLayout(track: TestTrack, offsetTicks = 0): Layout {
  const builder = new LayoutBuilder().addBytes(correctedInitSegment(track.initBytes));
  for (const segment of servedSegments(track, offsetTicks)) builder.addLayout(segment);
  return builder.build();
}

export function clipTrack(track: TestTrack, zeroUs = track.zeroUs): ClipTrack {
  return {
    kind: track.init.track,
    init: track.init,
    timescale: track.init.timescale,
    segments: track.segments.map(({ path, header, analysis }, i) => ({
      path,
      header,
      analysis,
      zeroUs,
      nextStartTicks: track.segments[i + 1]?.analysis.startTicks,
      configHash: track.init.configHash,
    })),
  };
}

/** All bytes of a layout whose objects lie under `root`. */
export async function layoutBytes(layout: Layout, root = CAPTURES): Promise<Buffer> {
  const files = new Map<string, Buffer>();
  const parts: Uint8Array[] = [];
  for (const part of layout.parts) {
    if (part.kind === 'bytes') {
      parts.push(part.bytes);
      continue;
    }
    const file = files.get(part.path) ?? (await readFile(join(root, part.path)));
    files.set(part.path, file);
    if (part.offset + part.sizeBytes > file.length) throw new Error(`${part.path} is too short.`);
    parts.push(file.subarray(part.offset, part.offset + part.sizeBytes));
  }
  return Buffer.concat(parts);
}

/** Writes bytes to a temporary file, hands its path over and removes it. */
export async function withFile<T>(bytes: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'liveman-media-'));
  try {
    const path = join(folder, 'media.mp4');
    await writeFile(path, bytes);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const run = promisify(execFile);

/** What ffmpeg complains about while decoding everything; empty when all is well. */
export async function decodeMessages(path: string): Promise<string> {
  const args = ['-nostdin', '-v', 'error', '-xerror', '-i', path, '-f', 'null', '-'];
  try {
    return (await run('ffmpeg', args, { timeout: 60_000 })).stderr;
  } catch (error) {
    return String(error);
  }
}

export interface Probe {
  format: { duration?: string; tags?: Record<string, string> };
  streams: {
    codec_type: string;
    codec_name: string;
    start_time?: string;
    duration?: string;
    nb_frames?: string;
    nb_read_frames?: string;
  }[];
  frames?: { pts_time?: string; media_type?: string }[];
}

/** ffprobe's JSON; `count` also decodes and counts the frames. */
export async function probe(path: string, ...options: string[]): Promise<Probe> {
  const args = ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', ...options, path];
  const { stdout } = await run('ffprobe', args, { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Probe;
}

export interface StoredSample {
  bytes: Uint8Array;
  duration: number;
  isSync?: boolean;
}

/** A file as the recorder writes it: durations stored unsigned, the decode time their sum. */
export function fileOf(samples: readonly StoredSample[], baseTicks: number, sequence = 1): Buffer {
  const header = plainFragmentBytes(
    { sequence, trackId: 1, startTicks: baseTicks },
    {
      durations: samples.map(({ duration }) => duration),
      sizes: samples.map(({ bytes }) => bytes.length),
      isSync: samples.map(({ isSync }, i) => ((isSync ?? i === 0) ? 1 : 0)),
    },
  );
  return Buffer.concat([header, ...samples.map(({ bytes }) => bytes)]);
}

export function filesOf(samples: readonly StoredSample[], perFile: number): Buffer[] {
  const files: Buffer[] = [];
  let baseTicks = 0;
  for (let at = 0; at < samples.length; at += perFile) {
    const chunk = samples.slice(at, at + perFile);
    files.push(fileOf(chunk, baseTicks, files.length + 1));
    baseTicks += chunk.reduce((sum, { duration }) => sum + (duration >>> 0), 0);
  }
  return files;
}

/** Different bytes for each number, as encoded pictures are. */
export function picture(n: number, sizeBytes = 100): Uint8Array {
  return Uint8Array.from(
    { length: sizeBytes },
    (_, i) => (Math.imul(n + 1, 2654435761) >>> (i % 23)) ^ (i * 31),
  );
}
