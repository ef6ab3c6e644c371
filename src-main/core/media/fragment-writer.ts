import { ascii, box, concat, fullBox, u32, u64, viewOf } from './boxes.ts';
import { MediaFormatError } from './media-error.ts';

const SYNC_FLAGS = 0x02000000;
const NON_SYNC_FLAGS = 0x01010000;
const DEFAULT_BASE_IS_MOOF = 0x020000;
const HAS_DATA_OFFSET = 0x1;

export interface FragmentStart {
  sequence: number;
  trackId: number;
  /** Decode time of the first sample, 0 or more. */
  startTicks: number;
}

/** One trun: `flags` say which fields each row has (0x100 duration, 0x200 size, 0x400 flags). */
export interface SampleRun {
  flags: number;
  sampleCount: number;
  rows: Uint8Array;
}

/**
 * styp, moof and the mdat header of a fragment whose samples follow back to back.
 * `dataSizeBytes` is the sum of all sample sizes. Throws MediaFormatError when it does not fit 32 bits.
 */
export function fragmentBytes(
  start: FragmentStart,
  tfhdDefaults: { flags: number; fields: Uint8Array },
  runs: readonly SampleRun[],
  dataSizeBytes: number,
): Uint8Array {
  if (!Number.isSafeInteger(start.startTicks) || start.startTicks < 0) {
    throw new MediaFormatError(`A segment cannot start at ${start.startTicks} ticks.`);
  }
  if (dataSizeBytes + 8 > 0xffffffff) {
    throw new MediaFormatError(`A segment of ${dataSizeBytes} bytes is too large.`);
  }
  const head = [
    fullBox('mfhd', 0, 0, u32(start.sequence)),
    fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF | tfhdDefaults.flags, u32(start.trackId), tfhdDefaults.fields),
    fullBox('tfdt', 1, 0, u64(start.startTicks)),
  ] as const;
  const run = (moofSizeBytes: number): Uint8Array[] =>
    runs.map(({ flags, sampleCount, rows }, i) =>
      i === 0
        ? fullBox('trun', 0, flags | HAS_DATA_OFFSET, u32(sampleCount, moofSizeBytes + 8), rows)
        : fullBox('trun', 0, flags, u32(sampleCount), rows),
    );
  const moof = (moofSizeBytes: number): Uint8Array =>
    box('moof', head[0], box('traf', head[1], head[2], ...run(moofSizeBytes)));
  const styp = box('styp', ascii('msdh'), u32(0), ascii('msdhdash'));
  return concat([styp, moof(moof(0).length), u32(dataSizeBytes + 8), ascii('mdat')]);
}

/**
 * `fragmentBytes` with duration, size and sync flag stated for each sample, as Live777 writes them.
 * The arrays have one entry per sample; durations are positive ticks.
 */
export function plainFragmentBytes(
  start: FragmentStart,
  samples: { durations: ArrayLike<number>; sizes: ArrayLike<number>; isSync: ArrayLike<number> },
): Uint8Array {
  const sampleCount = samples.sizes.length;
  const rows = new Uint8Array(sampleCount * 12);
  const view = viewOf(rows);
  let dataSizeBytes = 0;
  for (let i = 0; i < sampleCount; i += 1) {
    view.setUint32(i * 12, samples.durations[i]!);
    view.setUint32(i * 12 + 4, samples.sizes[i]!);
    view.setUint32(i * 12 + 8, samples.isSync[i] === 1 ? SYNC_FLAGS : NON_SYNC_FLAGS);
    dataSizeBytes += samples.sizes[i]!;
  }
  const noDefaults = { flags: 0, fields: new Uint8Array(0) };
  return fragmentBytes(start, noDefaults, [{ flags: 0x700, sampleCount, rows }], dataSizeBytes);
}
