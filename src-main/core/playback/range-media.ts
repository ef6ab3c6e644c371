import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { type Clock, nowUs } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { AskedRange } from './hls-playlist.ts';
import type { PlayRecording } from './media-model.ts';
import {
  type PlaybackMedia,
  readNearestTimes,
  readNextStart,
  readPlaybackMedia,
} from './playback-queries.ts';
import type { PresenceChecker } from './presence-checker.ts';
import { RangeFacts } from './range-facts.ts';
import { PIECE_US, type PieceRun, stitchPieces } from './stitch-pieces.ts';

/** What playback needs of the segment index. */
export interface AnalysedIndex {
  /** Examines what is not yet examined of the range; ends early, without an error, when the time is up. */
  ensureAnalysed(
    stream: string,
    range: TimeRange,
    options: { signal?: AbortSignal; timeoutMs: number },
  ): Promise<unknown>;
}

export interface MediaSource {
  readonly database: Database;
  readonly index: AnalysedIndex;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Looks for objects before they are listed; without it what the index says is believed. */
  readonly presence?: PresenceChecker | undefined;
}

/** What is to be played of a stream in a range: what a playlist says of it as a whole, and its runs. */
export interface LoadedRange {
  readonly facts: RangeFacts;
  /** Whether more is expected: the end is not past and something was recorded just now. */
  readonly isGrowing: boolean;
  /** The runs, piece by piece; of a range of one piece at once. Sound only where any is recorded. */
  readonly pieces: readonly (readonly PieceRun[])[] | AsyncIterable<readonly PieceRun[]>;
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** As of `stitchPieces`. */
  readonly isJoined: boolean;
  /** Called with each piece before the range is loaded, to gather what else is said of the whole. */
  readonly measure?: (runs: readonly PieceRun[]) => void;
}

/** A playlist that comes late is worse than one that lists some segments as they were reported. */
const ANALYSIS_WAIT_MS = 4000;
/** Segments have 10 s and more, come late by retries of 2, 4 and 8 s, and the next may be a long one. */
const RECORDING_SILENCE_US = 90 * US_PER_SECOND;
/** Clocks of nodes may be ahead. */
const AHEAD_US = 60 * US_PER_SECOND;

/**
 * What is to be played of a stream in a range, stitched.
 *
 * A range longer than a piece is read twice: once to know what is said of it as a whole, and again while its runs are
 * taken, so that only a piece is held.
 *
 * Throws invalid_range, no_media (details: nearestBeforeUs, nearestAfterUs), media_unusable where there is media
 * but none of it can be decoded, database_unavailable.
 */
export async function loadRange(
  source: MediaSource,
  stream: string,
  asked: AskedRange,
  { isJoined, measure, signal }: LoadOptions,
): Promise<LoadedRange> {
  const { database } = source;
  const atUs = nowUs(source.clock);
  const range = { startUs: asked.startUs, endUs: asked.endUs ?? Math.max(atUs, asked.startUs) + AHEAD_US };
  checkRange(range);
  await ensureAnalysed(source, stream, range, ANALYSIS_WAIT_MS, signal);
  const problems = new Set<string>();
  const readPart = async (part: TimeRange) => {
    signal?.throwIfAborted();
    const stored = await readPresentMedia(source, stream, part, signal);
    for (const problem of stored.problems) problems.add(problem);
    return stored.recordings;
  };
  const whole = range.endUs - range.startUs <= PIECE_US ? await readPart(range) : null;
  const read = (part: TimeRange) => (whole ? Promise.resolve(whole) : readPart(part));
  const newest = async () => {
    const startUs = Math.max(range.startUs, atUs - RECORDING_SILENCE_US);
    return newestUs(startUs < range.endUs ? await read({ startUs, endUs: range.endUs }) : []);
  };
  const isOpen = asked.endUs === null || asked.endUs > atUs;
  const isGrowing = isOpen && atUs - (await newest()) < RECORDING_SILENCE_US;
  const edge = isGrowing ? { nowUs: atUs } : null;
  const nextStart = (us: number) => readNextStart(database, stream, us);
  for (const kind of ['video', 'audio'] as const) {
    const stitched = () => stitchPieces({ range, edge, kind, read, nextStart, isJoined });
    const facts = new RangeFacts(kind);
    const kept: (readonly PieceRun[])[] = [];
    for await (const runs of stitched()) {
      facts.add(runs);
      measure?.(runs);
      if (whole) kept.push(runs);
    }
    if (facts.runCount === 0) continue;
    // Where no sound is recorded, silence beside all the pictures is worth nothing.
    const heard = facts.hasAudio ? (runs: readonly PieceRun[]) => runs : silenced;
    return { facts, isGrowing, pieces: whole ? kept.map(heard) : mapped(stitched(), heard) };
  }
  throw await nothingToPlay(database, stream, range, { problems: [...problems] });
}

const silenced = (runs: readonly PieceRun[]) => runs.map((run) => ({ ...run, audio: [] }));

async function* mapped<T>(pieces: AsyncIterable<T>, change: (piece: T) => T): AsyncGenerator<T> {
  for await (const piece of pieces) yield change(piece);
}

/** As `readPlaybackMedia`, with segments whose object is gone as missing, and without tracks whose init file is. */
export async function readPresentMedia(
  { database, presence }: Pick<MediaSource, 'database' | 'presence'>,
  stream: string,
  range: TimeRange,
  signal?: AbortSignal,
): Promise<PlaybackMedia> {
  let stored = await readPlaybackMedia(database, stream, range);
  if (!presence) return stored;
  if (await presence.lookForInits(stream, stored.lostTracks, signal)) {
    stored = await readPlaybackMedia(database, stream, range);
  }
  const { problems, recordings } = await presence.check(stream, stored.recordings, signal);
  return { ...stored, recordings, problems: [...stored.problems, ...problems] };
}

/** Throws invalid_range unless both are whole microseconds and the end lies behind the start. */
export function checkRange({ startUs, endUs }: TimeRange): void {
  const isWhole = Number.isSafeInteger(startUs) && Number.isSafeInteger(endUs) && startUs >= 0;
  if (isWhole && endUs > startUs) return;
  throw new AppError(
    'invalid_range',
    `The range from ${startUs} to ${endUs} is empty or not in microseconds since the Unix epoch. Give start_ts before end_ts, for example 1795345208000000.`,
  );
}

/** As AnalysedIndex.ensureAnalysed; a failure is logged, as what was examined before can still be played. */
export async function ensureAnalysed(
  { index, logger }: MediaSource,
  stream: string,
  range: TimeRange,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await index.ensureAnalysed(stream, range, { signal, timeoutMs });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof AppError && error.code === 'database_unavailable') throw error;
    logger.warn({ stream, ...range, error: errorMessage(error) }, 'segments could not be examined');
  }
}

/** The error for a range without anything to play: why, and where there is something. */
export async function nothingToPlay(
  database: Database,
  stream: string,
  range: TimeRange,
  stored: Pick<PlaybackMedia, 'problems'>,
): Promise<AppError> {
  const nearest = await readNearestTimes(database, stream, range);
  if (stored.problems.length > 0) {
    return new AppError('media_unusable', stored.problems.join(' '), { details: nearest });
  }
  const { nearestBeforeUs, nearestAfterUs } = nearest;
  const hints = [
    ...(nearestBeforeUs === null ? [] : [`the last media before it ends at ${isoTime(nearestBeforeUs)}`]),
    ...(nearestAfterUs === null ? [] : [`the next begins at ${isoTime(nearestAfterUs)}`]),
  ];
  const hint = hints.length > 0 ? hints.join(', ') : 'nothing of this stream is indexed';
  return new AppError(
    'no_media',
    `Nothing playable of ${JSON.stringify(stream)} is recorded from ${isoTime(range.startUs)} to ${isoTime(range.endUs)}; ${hint}.`,
    { details: nearest },
  );
}

function isoTime(us: number): string {
  const date = new Date(us / 1000);
  return Number.isNaN(date.getTime()) ? `${us} µs` : date.toISOString();
}

function newestUs(recordings: readonly PlayRecording[]): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { video, audio } of recordings) {
    for (const segment of [...(video?.segments ?? []), ...(audio?.segments ?? [])]) {
      newest = Math.max(newest, segment.endUs);
    }
  }
  return newest;
}
