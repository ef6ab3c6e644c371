import type { SegmentHeader } from './media-segment.ts';
import { LOOK_BACK_SAMPLES, RepeatFinder, type TailSample } from './repeat-finder.ts';
import { sampleTimes } from './sample-times.ts';

/**
 * What was found out about the samples of one segment; stored as JSON with its row.
 *
 * Times are ticks of the track since its zero. With the segment's header it gives the kept samples and their
 * times (`sampleTimes`), without the samples' bytes.
 */
export interface SegmentAnalysis {
  v: 1;
  sampleCount: number;
  keptCount: number;
  /** True decode time of the first kept sample; the stored one while nothing had to be rewritten. */
  startTicks: number;
  /** Of the last kept sample. */
  lastTicks: number;
  /** Estimated end: the last kept sample plus its usual duration. */
  endTicks: number;
  /** Of the first kept sample that can be decoded on its own; `null` when there is none. */
  firstSyncTicks: number | null;
  /** Its index in the file. */
  firstSyncIndex: number | null;
  /** Indexes of samples to leave out, ascending. */
  dropped: number[];
  /** [index, ticks]: what to add to the recorder's clock at that sample, where it is not the stored duration alone. */
  corrections: [number, number][];
  /** The usual distance of two samples. */
  usualTicks: number;
  /** Durations must be regenerated: the stored ones are wrong or shifted by more than 100 ms. */
  isRewritten: boolean;
  /** An earlier segment was rewritten, so stored decode times mean nothing any more. */
  isSpoiledBefore: boolean;
}

/** The part of the carry that is stored as JSON with the track. */
export interface AnalysisCarryJson {
  v: 1;
  sequence: number;
  /** Time of the last stored sample, kept or not, on the recorder's clock. */
  clockTicks: number;
  /** Time of the last kept sample on the recorder's clock; `null` before the first. */
  lastKeptTicks: number | null;
  /** The same as it is served. */
  lastServedTicks: number | null;
  /** Stored decode time that the next file has if it follows directly. */
  nextStoredTicks: number;
  usualTicks: number;
  /** Stored duration of the recording's first sample: by this much stored times lag. */
  lagTicks: number;
  isSpoiled: boolean;
}

/** State between two segments of a track. */
export interface AnalysisCarry {
  json: AnalysisCarryJson;
  /** The most recent kept samples, oldest first; empty for audio. */
  tail: TailSample[];
  /** Segments behind `tail` whose samples were not needed so far, oldest first. */
  unread?: readonly UnreadSegment[];
}

/** A segment that was examined by its header alone. */
export interface UnreadSegment {
  path: string;
  analysis: SegmentAnalysis;
}

export interface AnalysedTrack {
  kind: 'video' | 'audio';
  timescale: number;
}

const MAX_LAG_S = 0.1;
/** A longer step back than this is a new clock (another publisher), not a late packet. */
const MAX_LATE_S = 10;
const MAX_PAUSE_S = 3600;
const NO_BYTES = new Uint8Array(0);
/** Recordings are rotated after a day by default; a larger first decode time is a spoiled one. */
const MAX_FIRST_START_S = 2 * 86_400;

/**
 * Examines the next segment of a track of one recording.
 *
 * `carry` is what the previous segment in file order gave, `null` for the first one. `sampleData` are the file's
 * bytes from `header.dataOffset` on; null where no repeats are to be looked for, as for audio. The input is not
 * changed; the returned carry holds copies. Costs one pass over the headers and one comparison per repeated packet.
 */
export function analyseSegment(
  carry: AnalysisCarry | null,
  header: SegmentHeader,
  sampleData: Uint8Array | null,
  track: AnalysedTrack,
): { analysis: SegmentAnalysis; carry: AnalysisCarry } {
  const { storedDurations, sizes, isSync } = header.samples;
  const sampleCount = sizes.length;
  const before = carry?.json ?? firstCarry(header, track);
  const finder =
    track.kind === 'video' && sampleData ? new RepeatFinder(carry?.tail ?? [], track.timescale) : null;

  const dropped: number[] = [];
  const corrections: [number, number][] = [];
  const keptDistances: number[] = [];
  let { clockTicks, lastKeptTicks } = before;
  let startTicks = clockTicks;
  let firstKeptIndex: number | null = null;
  let firstSyncTicks: number | null = null;
  let firstSyncIndex: number | null = null;
  let lagErrorTicks = 0;
  let hasAbsurdDuration = false;
  let storedTicks = header.baseDecodeTicks;
  let dataByte = 0;

  for (let i = 0; i < sampleCount; i += 1) {
    const step = stepTo(i, before, carry === null, header, track.timescale);
    const sizeBytes = sizes[i]!;
    const bytes = finder === null ? NO_BYTES : sampleData!.subarray(dataByte, dataByte + sizeBytes);
    dataByte += sizeBytes;
    const isMissing =
      (header.truncatedAtSample !== null && i >= header.truncatedAtSample) ||
      (finder !== null && bytes.length < sizeBytes);
    const original = isMissing ? null : (finder?.originalTicks(bytes, clockTicks, step) ?? null);
    let time = original ?? clockTicks + step;
    if (
      original === null &&
      lastKeptTicks !== null &&
      isNewClock(time - lastKeptTicks, storedDurations[i]!, track)
    ) {
      time = lastKeptTicks + before.usualTicks;
    }
    const correction = time - clockTicks - storedDurations[i]!;
    clockTicks = time;
    if (storedDurations[i]! <= 0) hasAbsurdDuration = true;

    const isKept = !isMissing && original === null && (lastKeptTicks === null || time > lastKeptTicks);
    if (firstKeptIndex !== null && correction !== 0) corrections.push([i, correction]);
    if (isKept) {
      if (lastKeptTicks !== null) keptDistances.push(time - lastKeptTicks);
      lastKeptTicks = time;
      if (firstKeptIndex === null) {
        firstKeptIndex = i;
        startTicks = time;
      }
      if (firstSyncIndex === null && isSync[i] === 1) {
        firstSyncIndex = i;
        firstSyncTicks = time;
      }
      lagErrorTicks = Math.max(lagErrorTicks, Math.abs(storedTicks - time));
      finder?.remember(bytes, time);
    } else {
      dropped.push(i);
    }
    storedTicks += storedDurations[i]! >>> 0;
  }

  const usualTicks = keptDistances.length === 0 ? before.usualTicks : median(keptDistances);
  const isRewritten =
    before.isSpoiled ||
    dropped.length > 0 ||
    corrections.length > 0 ||
    hasAbsurdDuration ||
    lagErrorTicks > MAX_LAG_S * track.timescale;
  const common = {
    v: 1 as const,
    sampleCount,
    keptCount: sampleCount - dropped.length,
    firstSyncIndex,
    usualTicks,
    isRewritten,
    isSpoiledBefore: before.isSpoiled,
  };
  let analysis: SegmentAnalysis;
  if (isRewritten) {
    // The first rewritten segment after untouched ones, whose times lag, must not begin before their end.
    const isEarly =
      firstKeptIndex !== null && before.lastServedTicks !== null && startTicks <= before.lastServedTicks;
    const shiftTicks = isEarly ? before.lastServedTicks! + usualTicks - startTicks : 0;
    finder?.shift(shiftTicks);
    clockTicks += shiftTicks;
    if (lastKeptTicks !== null) lastKeptTicks += shiftTicks;
    const lastTicks = firstKeptIndex === null ? startTicks : (lastKeptTicks ?? startTicks);
    analysis = {
      ...common,
      startTicks: startTicks + shiftTicks,
      lastTicks,
      endTicks: firstKeptIndex === null ? startTicks : lastTicks + usualTicks,
      firstSyncTicks: firstSyncTicks === null ? null : firstSyncTicks + shiftTicks,
      dropped,
      corrections,
    };
  } else {
    analysis = { ...common, ...storedTimes(header, firstSyncIndex), dropped: [], corrections: [] };
  }
  const json: AnalysisCarryJson = {
    v: 1,
    sequence: header.sequence,
    clockTicks,
    lastKeptTicks,
    lastServedTicks: analysis.keptCount === 0 ? before.lastServedTicks : analysis.lastTicks,
    nextStoredTicks: storedTicks,
    usualTicks,
    lagTicks: before.lagTicks,
    isSpoiled: isRewritten,
  };
  return { analysis, carry: { json, tail: finder?.detachedTail() ?? [] } };
}

/**
 * Rebuilds a carry after a restart.
 *
 * `json` is what was stored after the last of `previous`; `previous` are the last files of the track in file order,
 * as many as hold 120 kept samples (fewer make the look-back shorter). `sampleData` as in `analyseSegment`.
 */
export function carryFromPrevious(
  json: AnalysisCarryJson,
  previous: readonly { header: SegmentHeader; analysis: SegmentAnalysis; sampleData: Uint8Array }[],
  track: AnalysedTrack,
): AnalysisCarry {
  if (track.kind === 'audio') return { json, tail: [] };
  const tail: TailSample[] = [];
  for (const { header, analysis, sampleData } of previous) {
    const kept = sampleTimes(header, analysis);
    for (let k = Math.max(0, kept.count - LOOK_BACK_SAMPLES); k < kept.count; k += 1) {
      const from = kept.offset[k]! - header.dataOffset;
      // An untouched segment has every sample, so k is also the index in the file.
      const lagTicks = analysis.isRewritten ? 0 : header.samples.storedDurations[k]! - json.lagTicks;
      tail.push({
        bytes: Uint8Array.from(sampleData.subarray(from, from + kept.sizeBytes[k]!)),
        ticks: kept.timeTicks[k]! + lagTicks,
      });
    }
  }
  return { json, tail: tail.slice(-LOOK_BACK_SAMPLES) };
}

function firstCarry(header: SegmentHeader, track: AnalysedTrack): AnalysisCarryJson {
  const isSpoiled = header.baseDecodeTicks > MAX_FIRST_START_S * track.timescale;
  return {
    v: 1,
    sequence: header.sequence - 1,
    clockTicks: isSpoiled ? header.baseDecodeTicks % 2 ** 32 : header.baseDecodeTicks,
    lastKeptTicks: null,
    lastServedTicks: null,
    nextStoredTicks: header.baseDecodeTicks,
    usualTicks: Math.round(track.timescale / (track.kind === 'video' ? 30 : 50)),
    lagTicks: header.samples.storedDurations[0] ?? 0,
    isSpoiled,
  };
}

/** What to add to the clock for sample `i`: the stored difference, and for a first sample what is missing before it. */
function stepTo(
  i: number,
  before: AnalysisCarryJson,
  isFirstSegment: boolean,
  header: SegmentHeader,
  timescale: number,
): number {
  const stored = header.samples.storedDurations[i]!;
  if (i > 0) return stored;
  if (isFirstSegment) return 0;
  const holeTicks = header.baseDecodeTicks - before.nextStoredTicks;
  if (holeTicks === 0) return stored;
  // Files are missing, or these belong to another session that wrote to the same folder.
  const believable = holeTicks > 0 ? holeTicks % 2 ** 32 : (holeTicks % 2 ** 32) + 2 ** 32;
  return stored + (believable <= 86_400 * timescale && believable < 2 ** 31 ? believable : 0);
}

function isNewClock(sinceLastKept: number, stored: number, track: AnalysedTrack): boolean {
  return sinceLastKept < -MAX_LATE_S * track.timescale || stored > MAX_PAUSE_S * track.timescale;
}

function storedTimes(
  header: SegmentHeader,
  firstSyncIndex: number | null,
): Pick<SegmentAnalysis, 'startTicks' | 'lastTicks' | 'endTicks' | 'firstSyncTicks'> {
  const { storedDurations } = header.samples;
  let at = header.baseDecodeTicks;
  let lastTicks = at;
  let firstSyncTicks: number | null = null;
  for (let i = 0; i < storedDurations.length; i += 1) {
    lastTicks = at;
    if (i === firstSyncIndex) firstSyncTicks = at;
    at += storedDurations[i]!;
  }
  return { startTicks: header.baseDecodeTicks, lastTicks, endTicks: at, firstSyncTicks };
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1]!;
}
