import { type BoxRange, readBoxHeader, requireBody, viewOf, walkBoxes } from './boxes.ts';
import type { SampleDefaults } from './init-segment.ts';
import { MediaFormatError } from './media-error.ts';

/** What the boxes before the media of one fragment say. Sample k lies `sizes[0] + … + sizes[k-1]` after `dataOffset`. */
export interface SegmentHeader {
  /** Number of the fragment in its track, from 1. */
  sequence: number;
  trackId: number;
  /** Byte of the file at which the base decode time itself is stored. */
  tfdtOffset: number;
  /** 1: the time has 64 bits; 0: 32 bits. */
  tfdtVersion: number;
  /** As stored, in ticks of the track; spoiled recordings are multiples of 2^32 too high. */
  baseDecodeTicks: number;
  samples: {
    /** As stored, read as signed: a repeated packet makes them negative. */
    storedDurations: Int32Array;
    sizes: Uint32Array;
    /** 1 where the sample can be decoded without those before it. */
    isSync: Uint8Array;
  };
  /** Byte of the file at which the first sample begins. */
  dataOffset: number;
  /** Bytes from the start of the file to the end of the mdat header. */
  headerSizeBytes: number;
  /** First sample whose bytes are not all in the file, or `null` when all are. */
  truncatedAtSample: number | null;
}

export interface SegmentHeaderOptions {
  /** Size of the whole file; without it only the size stated by mdat can show a truncation. */
  fileSizeBytes?: number;
  /** From the init segment, for fragments that leave values to it. */
  defaults?: SampleDefaults;
}

/** A header beyond this is not media: a day in one fragment at 60 pictures a second has 62 MB. */
const MAX_HEADER_BYTES = 64 * 1024 * 1024;
const MAX_SAMPLES = 4_000_000;
const NON_SYNC_FLAG = 0x10000;

/**
 * How many bytes of a file must be in hand to parse its header, given its first bytes.
 *
 * The header is complete when the answer is not above `prefix.length`; else read that many and ask again, as the
 * answer grows when boxes lie before moof. Throws MediaFormatError when the file cannot be a media segment.
 */
export function headerSizeBytesFrom(prefix: Uint8Array): number {
  let at = 0;
  let hasMoof = false;
  for (;;) {
    if (at > MAX_HEADER_BYTES) {
      throw new MediaFormatError(`No media begins within the first ${MAX_HEADER_BYTES} bytes.`);
    }
    const header = readBoxHeader(prefix, at);
    if (header === null) {
      const is64Bit = at + 8 <= prefix.length;
      return at + (is64Bit ? 16 : 8);
    }
    if (header.type === 'mdat') {
      if (!hasMoof) throw new MediaFormatError(`'mdat' at byte ${at} comes before any 'moof'.`);
      return at + header.headerSizeBytes;
    }
    if (header.sizeBytes === null) {
      throw new MediaFormatError(`Box '${header.type}' at byte ${at} reaches to the end: there is no media.`);
    }
    if (header.type === 'moof') hasMoof = true;
    at += header.sizeBytes;
  }
}

/**
 * Reads the header of a media segment with one fragment of one track.
 *
 * `bytes` are the first bytes of the file, at least `headerSizeBytesFrom` of them; further ones are not looked at,
 * nor are further fragments. Throws MediaFormatError.
 */
export function parseSegmentHeader(bytes: Uint8Array, options: SegmentHeaderOptions = {}): SegmentHeader {
  const headerSizeBytes = headerSizeBytesFrom(bytes);
  if (headerSizeBytes > bytes.length) {
    throw new MediaFormatError(
      `The segment's header is cut off: ${bytes.length} of at least ${headerSizeBytes} bytes are there.`,
      { neededBytes: headerSizeBytes },
    );
  }
  const { moof, mdatStart } = topLevel(bytes, headerSizeBytes);
  const children = [...walkBoxes(bytes, moof.bodyByte, moof.endByte)];
  const trafs = children.filter((child) => child.type === 'traf');
  const traf = trafs[0];
  if (traf === undefined || trafs.length > 1) {
    throw new MediaFormatError(`The fragment has ${trafs.length} tracks; exactly one is expected.`);
  }
  const mfhd = child(children, 'mfhd', 8);
  const inTraf = [...walkBoxes(bytes, traf.bodyByte, traf.endByte)];
  const view = viewOf(bytes);
  const tfhd = readTfhd(view, child(inTraf, 'tfhd', 8), options.defaults);
  const tfdt = child(inTraf, 'tfdt', 8);
  const tfdtVersion = view.getUint8(tfdt.bodyByte);
  if (tfdtVersion === 1) requireBody(tfdt, 12);
  const base =
    tfdtVersion === 1 ? Number(view.getBigUint64(tfdt.bodyByte + 4)) : view.getUint32(tfdt.bodyByte + 4);
  if (!Number.isSafeInteger(base)) {
    throw new MediaFormatError(`The segment's decode time of ${base} ticks cannot be true.`);
  }
  const runs = inTraf.filter((inner) => inner.type === 'trun');
  const { samples, firstDataByte } = readRuns(view, runs, tfhd, moof, headerSizeBytes);
  const header = {
    sequence: view.getUint32(mfhd.bodyByte + 4),
    trackId: tfhd.trackId,
    tfdtOffset: tfdt.bodyByte + 4,
    tfdtVersion,
    baseDecodeTicks: base,
    samples,
    dataOffset: firstDataByte,
    headerSizeBytes,
  };
  const mdatSize = readBoxHeader(bytes, mdatStart)?.sizeBytes ?? Infinity;
  const availableEnd = Math.min(mdatStart + mdatSize, options.fileSizeBytes ?? Infinity);
  return { ...header, truncatedAtSample: firstBeyond(samples.sizes, firstDataByte, availableEnd) };
}

interface FragmentDefaults extends SampleDefaults {
  trackId: number;
  /** Byte of the file that data offsets count from. */
  baseDataOffset: number | null;
}

function topLevel(bytes: Uint8Array, headerSizeBytes: number): { moof: BoxRange; mdatStart: number } {
  let moof: BoxRange | null = null;
  let at = 0;
  while (at < headerSizeBytes) {
    const header = readBoxHeader(bytes, at);
    if (header === null || header.type === 'mdat' || header.sizeBytes === null) break;
    const endByte = at + header.sizeBytes;
    if (header.type === 'moof') {
      if (moof !== null) throw new MediaFormatError(`A second 'moof' at byte ${at} comes before the media.`);
      moof = { type: 'moof', startByte: at, bodyByte: at + header.headerSizeBytes, endByte };
    }
    at = endByte;
  }
  if (moof === null) throw new MediaFormatError("There is no 'moof' box.");
  return { moof, mdatStart: at };
}

function child(boxes: readonly BoxRange[], type: string, bodySizeBytes: number): BoxRange {
  const found = boxes.find((candidate) => candidate.type === type);
  if (found === undefined) throw new MediaFormatError(`The fragment has no '${type}' box.`);
  requireBody(found, bodySizeBytes);
  return found;
}

function readTfhd(view: DataView, tfhd: BoxRange, defaults: SampleDefaults | undefined): FragmentDefaults {
  const flags = view.getUint32(tfhd.bodyByte) & 0xffffff;
  const optional = [0x1, 0x2, 0x8, 0x10, 0x20].filter((flag) => (flags & flag) !== 0);
  requireBody(tfhd, 8 + optional.length * 4 + ((flags & 1) !== 0 ? 4 : 0));
  let at = tfhd.bodyByte + 8;
  const take = (flag: number): number | undefined => {
    if ((flags & flag) === 0) return undefined;
    at += 4;
    return view.getUint32(at - 4);
  };
  let baseDataOffset: number | null = null;
  if ((flags & 1) !== 0) {
    baseDataOffset = Number(view.getBigUint64(at));
    at += 8;
  }
  take(0x2);
  return {
    trackId: view.getUint32(tfhd.bodyByte + 4),
    baseDataOffset,
    durationTicks: take(0x8) ?? defaults?.durationTicks ?? 0,
    sizeBytes: take(0x10) ?? defaults?.sizeBytes ?? 0,
    flags: take(0x20) ?? defaults?.flags ?? 0,
  };
}

function readRuns(
  view: DataView,
  runs: readonly BoxRange[],
  defaults: FragmentDefaults,
  moof: BoxRange,
  headerSizeBytes: number,
): { samples: SegmentHeader['samples']; firstDataByte: number } {
  const counts = runs.map((run) => {
    requireBody(run, 8);
    return view.getUint32(run.bodyByte + 4);
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > MAX_SAMPLES) {
    throw new MediaFormatError(`The fragment claims ${total} samples; at most ${MAX_SAMPLES} are believed.`);
  }
  // Checked before the arrays are made, so that a few hostile bytes cannot ask for much memory.
  runs.forEach((run, i) => {
    requireBody(run, 8 + runFieldBytes(view, run) + (counts[i] ?? 0) * rowBytes(view, run));
  });
  const samples = {
    storedDurations: new Int32Array(total),
    sizes: new Uint32Array(total),
    isSync: new Uint8Array(total),
  };
  let firstDataByte: number | null = null;
  let nextDataByte = headerSizeBytes;
  let index = 0;
  runs.forEach((run, r) => {
    const flags = view.getUint32(run.bodyByte) & 0xffffff;
    let at = run.bodyByte + 8;
    const take = (flag: number, otherwise: number): number => {
      if ((flags & flag) === 0) return otherwise;
      at += 4;
      return view.getUint32(at - 4);
    };
    if ((flags & 1) !== 0) {
      const start = (defaults.baseDataOffset ?? moof.startByte) + (take(1, 0) | 0);
      if (firstDataByte !== null && start !== nextDataByte) {
        throw new MediaFormatError(`The samples from number ${index} on do not follow those before them.`);
      }
      nextDataByte = start;
    }
    firstDataByte ??= nextDataByte;
    const firstFlags = take(4, defaults.flags);
    for (let i = 0; i < (counts[r] ?? 0); i += 1, index += 1) {
      samples.storedDurations[index] = take(0x100, defaults.durationTicks);
      const sizeBytes = take(0x200, defaults.sizeBytes);
      samples.sizes[index] = sizeBytes;
      const sampleFlags = take(0x400, i === 0 ? firstFlags : defaults.flags);
      samples.isSync[index] = (sampleFlags & NON_SYNC_FLAG) === 0 ? 1 : 0;
      take(0x800, 0);
      nextDataByte += sizeBytes;
    }
  });
  const dataByte = firstDataByte ?? headerSizeBytes;
  if (dataByte < headerSizeBytes || !Number.isSafeInteger(nextDataByte)) {
    throw new MediaFormatError(
      `The fragment's samples are said to begin at byte ${dataByte}, outside its media.`,
    );
  }
  return { samples, firstDataByte: dataByte };
}

function runFieldBytes(view: DataView, run: BoxRange): number {
  const flags = view.getUint32(run.bodyByte);
  return ((flags & 1) !== 0 ? 4 : 0) + ((flags & 4) !== 0 ? 4 : 0);
}

function rowBytes(view: DataView, run: BoxRange): number {
  const flags = view.getUint32(run.bodyByte);
  return [0x100, 0x200, 0x400, 0x800].filter((flag) => (flags & flag) !== 0).length * 4;
}

function firstBeyond(sizes: Uint32Array, firstByte: number, availableEnd: number): number | null {
  let at = firstByte;
  for (let i = 0; i < sizes.length; i += 1) {
    at += sizes[i]!;
    if (at > availableEnd) return i;
  }
  return null;
}
