import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../base/errors.ts';
import { type BoxRange, findBox, readBoxHeader, requireBox, viewOf, walkBoxes } from '../media/boxes.ts';

/** What a clip must hold to be accepted. */
export interface ExpectedClip {
  sizeBytes: number;
  durationUs: number;
  videoFrames: number;
}

interface FileBoxes {
  moov: Uint8Array;
  mdat: { startByte: number; endByte: number };
}

/** A clip of a day has some 60 MB of tables. */
const MAX_MOOV_BYTES = 512 * 1024 * 1024;
const MICROSECONDS_OFF = 1000;

/**
 * Reads a finished clip back from the disk: its boxes fill the file, every chunk of every track lies in the media,
 * and pictures and length are what was planned. Throws media_unusable, saying what is wrong.
 */
export async function checkClipFile(filePath: string, expected: ExpectedClip): Promise<void> {
  const file = await open(filePath, 'r');
  try {
    const { size } = await file.stat();
    if (size !== expected.sizeBytes) throw broken(`has ${size} of ${expected.sizeBytes} bytes`);
    const { moov, mdat } = await readBoxes(file, size);
    checkMovie(moov, mdat, expected);
  } finally {
    await file.close();
  }
}

async function readBoxes(file: FileHandle, sizeBytes: number): Promise<FileBoxes> {
  let moov: Uint8Array | null = null;
  let mdat: FileBoxes['mdat'] | null = null;
  for (let at = 0; at < sizeBytes; ) {
    const header = readBoxHeader(await readBytes(file, at, Math.min(16, sizeBytes - at)), 0);
    const boxBytes = header?.sizeBytes ?? sizeBytes - at;
    if (!header || at + boxBytes > sizeBytes) throw broken(`has a box at byte ${at} that does not fit`);
    if (header.type === 'moov') {
      if (boxBytes > MAX_MOOV_BYTES) throw broken(`has tables of ${boxBytes} bytes`);
      moov = await readBytes(file, at, boxBytes);
    }
    if (header.type === 'mdat') mdat = { startByte: at + header.headerSizeBytes, endByte: at + boxBytes };
    at += boxBytes;
  }
  if (!moov || !mdat) throw broken(`lacks ${moov ? 'its media' : 'its tables'}`);
  return { moov, mdat };
}

function checkMovie(moov: Uint8Array, mdat: FileBoxes['mdat'], expected: ExpectedClip): void {
  const mvhd = requireBox(moov, ['moov', 'mvhd']);
  const durationUs = durationUsOf(moov, mvhd);
  if (Math.abs(durationUs - expected.durationUs) > MICROSECONDS_OFF) {
    throw broken(`lasts ${durationUs} instead of ${expected.durationUs} µs`);
  }
  const root = requireBox(moov, ['moov']);
  let videoFrames = 0;
  for (const trak of walkBoxes(moov, root.bodyByte, root.endByte)) {
    if (trak.type !== 'trak') continue;
    const stbl = requireBox(moov, ['mdia', 'minf', 'stbl'], trak.bodyByte, trak.endByte);
    const samples = checkChunks(moov, stbl, mdat);
    if (findBox(moov, ['mdia', 'minf', 'vmhd'], trak.bodyByte, trak.endByte)) videoFrames += samples;
  }
  if (videoFrames !== expected.videoFrames) {
    throw broken(`has ${videoFrames} instead of ${expected.videoFrames} pictures`);
  }
}

function durationUsOf(moov: Uint8Array, mvhd: BoxRange): number {
  const view = viewOf(moov);
  const isLong = moov[mvhd.bodyByte] === 1;
  const timescale = view.getUint32(mvhd.bodyByte + (isLong ? 20 : 12));
  const ticks = isLong ? Number(view.getBigUint64(mvhd.bodyByte + 24)) : view.getUint32(mvhd.bodyByte + 16);
  return Math.round((ticks * 1e6) / timescale);
}

/** Follows stsc, stsz and stco through a track; gives its number of samples. */
function checkChunks(moov: Uint8Array, stbl: BoxRange, mdat: FileBoxes['mdat']): number {
  const view = viewOf(moov);
  const table = (type: string) => findBox(moov, [type], stbl.bodyByte, stbl.endByte);
  const [stsz, stsc, stco, co64] = [table('stsz'), table('stsc'), table('stco'), table('co64')];
  const offsets = co64 ?? stco;
  if (!stsz || !stsc || !offsets) throw broken('has a track without tables');
  const sampleBytes = view.getUint32(stsz.bodyByte + 4);
  const sampleCount = view.getUint32(stsz.bodyByte + 8);
  const chunkCount = view.getUint32(offsets.bodyByte + 4);
  const runCount = view.getUint32(stsc.bodyByte + 4);
  let sample = 0;
  let run = -1;
  let perChunk = 0;
  for (let chunk = 1; chunk <= chunkCount; chunk += 1) {
    const nextRun = stsc.bodyByte + 8 + (run + 1) * 12;
    if (run + 1 < runCount && view.getUint32(nextRun) === chunk) {
      perChunk = view.getUint32(nextRun + 4);
      run += 1;
    }
    const entry = offsets.bodyByte + 8 + (chunk - 1) * (co64 ? 8 : 4);
    const startByte = co64 ? Number(view.getBigUint64(entry)) : view.getUint32(entry);
    let endByte = startByte;
    for (let i = 0; i < perChunk; i += 1, sample += 1) {
      if (sample >= sampleCount) throw broken('has chunks with more samples than its tables');
      endByte += sampleBytes || view.getUint32(stsz.bodyByte + 12 + sample * 4);
    }
    if (startByte < mdat.startByte || endByte > mdat.endByte) {
      throw broken(`has a chunk at bytes ${startByte} to ${endByte}, outside its media`);
    }
  }
  if (sample !== sampleCount) throw broken(`has chunks for ${sample} of ${sampleCount} samples`);
  return sampleCount;
}

async function readBytes(file: FileHandle, at: number, sizeBytes: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(sizeBytes);
  let taken = 0;
  while (taken < sizeBytes) {
    const { bytesRead } = await file.read(buffer, taken, sizeBytes - taken, at + taken);
    if (bytesRead === 0) throw broken(`ends at byte ${at + taken}`);
    taken += bytesRead;
  }
  return buffer;
}

function broken(what: string): AppError {
  return new AppError(
    'media_unusable',
    `The file that was written ${what}. The disk may be faulty: retry, or choose another folder.`,
  );
}
