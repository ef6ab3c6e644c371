import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { type Clock, nowUs } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { AskedRange } from './hls-playlist.ts';
import { type PlaybackMedia, readNearestTimes, readPlaybackMedia } from './playback-queries.ts';
import type { PresenceChecker } from './presence-checker.ts';
import { type StitchedMedia, stitch } from './stitch.ts';

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

export interface LoadedRange {
  readonly media: StitchedMedia;
  readonly stored: PlaybackMedia;
  /** Whether more is expected: the end is not past and something was recorded just now. */
  readonly isGrowing: boolean;
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
 * Throws invalid_range, no_media (details: nearestBeforeUs, nearestAfterUs), media_unusable where there is media
 * but none of it can be decoded, database_unavailable.
 */
export async function loadRange(
  source: MediaSource,
  stream: string,
  asked: AskedRange,
  signal?: AbortSignal,
): Promise<LoadedRange> {
  const atUs = nowUs(source.clock);
  const range = { startUs: asked.startUs, endUs: asked.endUs ?? Math.max(atUs, asked.startUs) + AHEAD_US };
  checkRange(range);
  await ensureAnalysed(source, stream, range, ANALYSIS_WAIT_MS, signal);
  const stored = await readPresentMedia(source, stream, range, signal);
  const isOpen = asked.endUs === null || asked.endUs > atUs;
  const isGrowing = isOpen && atUs - newestUs(stored) < RECORDING_SILENCE_US;
  const media = stitch(stored.recordings, range, isGrowing ? { nowUs: atUs } : null);
  if (media.runs.length === 0) throw await nothingToPlay(source.database, stream, range, stored);
  return { media, stored, isGrowing };
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

function newestUs({ recordings }: PlaybackMedia): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { video, audio } of recordings) {
    for (const segment of [...(video?.segments ?? []), ...(audio?.segments ?? [])]) {
      newest = Math.max(newest, segment.endUs);
    }
  }
  return newest;
}
