import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { plainFragmentBytes } from '../../src-main/core/media/fragment-writer.ts';
import { parseInitSegment } from '../../src-main/core/media/init-segment.ts';
import { parseSegmentHeader } from '../../src-main/core/media/media-segment.ts';
import { ROOT_DIR } from './scratch.ts';

const LOOP_FOLDER = path.join(ROOT_DIR, 'e2e/fixtures/captures/v0.9.0/recordings/cam1/1795345823');
const START_SEC = 1_795_345_823;
const FILLER_NAL = 0x0c;

/** Samples of one captured segment, to be written again and again with other times. */
interface Loop {
  timescale: number;
  durations: Int32Array;
  isSync: Uint8Array;
  sizes: number[];
  data: Buffer;
  lengthTicks: number;
}

/**
 * Writes a recording of `lengthSec` into a storage folder as a node lays it out, and says where it lies in time.
 *
 * Pictures and sound are one captured segment each, stamped anew for every segment; the pictures are filled up to
 * `videoBps` with H.264 filler data, which decoders leave out.
 */
export async function makeRecording(
  storageDir: string,
  { lengthSec, videoBps }: { lengthSec: number; videoBps: number },
): Promise<{ stream: string; folder: string; startUs: number; endUs: number; sizeBytes: number }> {
  const stream = 'cam1';
  const folder = path.join(storageDir, stream, String(START_SEC));
  await mkdir(folder, { recursive: true });
  let sizeBytes = 0;
  for (const prefix of ['v_', 'a_']) {
    const initBytes = await readFile(path.join(LOOP_FOLDER, `${prefix}init.m4s`));
    const { timescale } = parseInitSegment(initBytes);
    const loop = await readLoop(prefix, timescale, prefix === 'v_' ? videoBps : 0);
    const count = Math.ceil((lengthSec * timescale) / loop.lengthTicks);
    await put(path.join(folder, `${prefix}init.m4s`), initBytes, START_SEC);
    for (let i = 0; i < count; i += 1) {
      const header = plainFragmentBytes(
        { sequence: i + 1, trackId: 1, startTicks: i * loop.lengthTicks },
        loop,
      );
      const bytes = Buffer.concat([header, loop.data]);
      const endSec = START_SEC + ((i + 1) * loop.lengthTicks) / timescale;
      await put(path.join(folder, `${prefix}seg_${String(i + 1).padStart(4, '0')}.m4s`), bytes, endSec);
      sizeBytes += bytes.length;
    }
  }
  const startUs = START_SEC * 1e6;
  return { stream, folder, startUs, endUs: startUs + lengthSec * 1e6, sizeBytes };
}

async function readLoop(prefix: string, timescale: number, bitsPerSec: number): Promise<Loop> {
  const file = await readFile(path.join(LOOP_FOLDER, `${prefix}seg_0002.m4s`));
  const { samples, dataOffset } = parseSegmentHeader(file);
  const durations = samples.storedDurations;
  const lengthTicks = durations.reduce((sum, ticks) => sum + ticks, 0);
  const wantedBytes = Math.round(((bitsPerSec / 8) * (lengthTicks / timescale)) / durations.length);
  const parts: Buffer[] = [];
  const sizes: number[] = [];
  let at = dataOffset;
  for (const size of samples.sizes) {
    const filler = fillerOf(wantedBytes - size);
    parts.push(file.subarray(at, at + size), filler);
    sizes.push(size + filler.length);
    at += size;
  }
  const data = Buffer.concat(parts);
  return { timescale, durations, isSync: samples.isSync, sizes, data, lengthTicks };
}

/** A filler NAL unit with its length before it; nothing where there is no room for one. */
function fillerOf(sizeBytes: number): Buffer {
  if (sizeBytes < 6) return Buffer.alloc(0);
  const unit = Buffer.alloc(sizeBytes, 0xff);
  unit.writeUInt32BE(sizeBytes - 4, 0);
  unit[4] = FILLER_NAL;
  unit[sizeBytes - 1] = 0x80;
  return unit;
}

async function put(filePath: string, bytes: Uint8Array, modifiedSec: number): Promise<void> {
  await writeFile(filePath, bytes);
  await utimes(filePath, modifiedSec, modifiedSec);
}
