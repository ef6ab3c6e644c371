import type { Track } from '../../../src-shared/model/segment.ts';
import type { ObjectState } from '../db/tables.ts';
import type { SegmentAnalysis } from '../media/repair.ts';

/**
 * What playback knows of recorded media, freed from database rows.
 *
 * Every recording has one time axis that its tracks share: tick 0 of the axis is `zeroUs`, the earliest zero of
 * its tracks. `...Ticks` below are on that axis, in the timescale of the track they belong to, so that times of
 * one recording compare after division by the timescale alone.
 */
export interface PlayRecording {
  readonly id: string;
  readonly nodeAlias: string;
  /** Wall time of tick 0 of its axis, microseconds since the Unix epoch. */
  readonly zeroUs: number;
  readonly video: Lane | null;
  readonly audio: Lane | null;
}

/** A track that can be decoded, with its segments in the order of time. */
export interface Lane {
  readonly track: PlayTrack;
  readonly segments: readonly PlaySegment[];
}

export interface PlayTrack {
  readonly id: string;
  readonly recordingId: string;
  readonly kind: Track;
  readonly timescale: number;
  /** Wall time of tick 0 of the track itself, microseconds since the Unix epoch. */
  readonly zeroUs: number;
  /** What is added to the track's own ticks to get ticks of the axis; never negative. */
  readonly offsetTicks: number;
  /** RFC 6381, from the init file. */
  readonly codec: string;
  readonly entryType: string;
  /** Tracks with equal hashes can share one sample description. */
  readonly configHash: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly channels: number | null;
  readonly initPath: string;
}

export interface PlaySegment {
  readonly id: string;
  readonly path: string;
  readonly state: ObjectState;
  readonly startTicks: number;
  /** Exclusive. */
  readonly endTicks: number;
  /** First sample from which decoding can begin; null where there is none. */
  readonly syncTicks: number | null;
  /** Wall time of its start, microseconds since the Unix epoch. */
  readonly startUs: number;
  /** Exclusive. */
  readonly endUs: number;
  readonly sizeBytes: number | null;
  /** Samples that are kept; null until it was examined. */
  readonly sampleCount: number | null;
  /** On the track's own clock; null until it was examined. */
  readonly analysis: SegmentAnalysis | null;
}

/** Whether the object can be listed: missing and unreadable ones cannot. */
export function isUsable(segment: PlaySegment): boolean {
  return segment.state === 'ok' || segment.state === 'pending';
}

/** One line of a media playlist; none is lost media. Ticks are on the axis of its recording; the end is exclusive. */
export type MediaEntry =
  | {
      readonly kind: 'segment';
      readonly segment: PlaySegment;
      readonly startTicks: number;
      readonly endTicks: number;
      /** Only the samples of this span are served; null for all. Does not change when the next segment comes. */
      readonly cut: { readonly startTicks: number; readonly endTicks: number } | null;
    }
  | { readonly kind: 'silence'; readonly startTicks: number; readonly endTicks: number };

/**
 * Consecutive media of one recording: what lies between two discontinuities.
 *
 * `main` are pictures where the stream has any in the range, else sound. `audio` accompanies pictures and covers
 * the same time; empty where the playlist has no audio rendition.
 */
export interface Run {
  readonly recording: PlayRecording;
  readonly main: readonly MediaEntry[];
  readonly audio: readonly MediaEntry[];
}

/** The timescale of generated silence. */
export const SILENCE_TIMESCALE = 48_000;

export function firstEntry(entries: readonly MediaEntry[]): MediaEntry {
  const entry = entries[0];
  if (!entry) throw new RangeError('A run has no entries.');
  return entry;
}

export function lastEntry(entries: readonly MediaEntry[]): MediaEntry {
  const entry = entries.at(-1);
  if (!entry) throw new RangeError('A run has no entries.');
  return entry;
}
