import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';
import { type Layout, layoutEtag } from '../media/layout.ts';
import type { CallOptions, ObjectStore } from '../storage/object-store.ts';
import { ByteCache } from './byte-cache.ts';
import { ClipBuilder } from './clip-builder.ts';
import { clipFileName } from './clip-file-name.ts';
import { type ClipPart, clipParts } from './clip-parts.ts';
import { readClipTracks } from './clip-reader.ts';
import { ObjectReader } from './object-reader.ts';
import {
  checkRange,
  ensureAnalysed,
  type MediaSource,
  nothingToPlay,
  readPresentMedia,
} from './range-media.ts';
import { stitch } from './stitch.ts';

/** A clip that need not exist as a file. */
export interface Clip {
  readonly layout: Layout;
  /** Strong validator, without quotes; changes when one of the stored objects does. */
  readonly etag: string;
  /** For Content-Disposition: safe on every file system. */
  readonly fileName: string;
  /** What a player shows. */
  readonly durationUs: number;
  /** Wall time of the first moment shown. */
  readonly startUs: number;
  /** From the key frame before the in-point to the in-point; hidden by the edit list. */
  readonly startsEarlyUs: number;
  /** Wall time without media that is closed up in the file. */
  readonly gaps: readonly TimeRange[];
  /** Pictures stored, hidden ones included. */
  readonly videoFrames: number;
  /** In words: tracks that were left out and why. */
  readonly warnings: readonly string[];
}

export interface ClipServiceOptions extends MediaSource {
  readonly store: ObjectStore;
  /** The built `clip-worker`; without one, as in tests, long clips are computed on this thread. */
  readonly workerUrl?: URL;
}

export interface ClipService {
  /**
   * The range as an MP4 file, to be read with `layoutChunks`.
   *
   * Throws invalid_range, no_media (details: nearestBeforeUs, nearestAfterUs), codec_change (details: parts, each
   * a range that can be asked for), media_unusable, object_missing, storage_unavailable, database_unavailable.
   */
  clip(stream: string, range: TimeRange, options?: CallOptions): Promise<Clip>;
  /** The ranges to ask for instead: one for each codec configuration, oldest first. Errors as `clip`. */
  parts(stream: string, range: TimeRange, options?: CallOptions): Promise<TimeRange[]>;
  /** Ends the worker thread. */
  close(): Promise<void>;
}

/** A clip of an hour waits for the examination of 700 segments at most; they are examined once. */
const ANALYSIS_WAIT_MS = 30_000;
const CACHE_BYTES = 32 * 1024 * 1024;
/** Range requests of one player follow each other closely; later the objects are looked at again. */
const CACHE_MS = 60_000;
/** Decoding may have to begin in a segment before the one of the in-point. */
const LOOK_BACK_US = 30 * US_PER_SECOND;
/** What a part of a layout takes in memory. */
const PART_BYTES = 150;

export function createClipService(options: ClipServiceOptions): ClipService {
  const { clock, database, store } = options;
  const reader = new ObjectReader(store);
  const builder = new ClipBuilder(options.workerUrl);
  const cache = new ByteCache<{ clip: Clip; builtMs: number }>(CACHE_BYTES);

  async function load(
    stream: string,
    range: TimeRange,
    signal: AbortSignal | undefined,
  ): Promise<{ parts: ClipPart[]; problems: string[] }> {
    checkRange(range);
    const around = { startUs: Math.max(0, range.startUs - LOOK_BACK_US), endUs: range.endUs };
    await ensureAnalysed(options, stream, around, ANALYSIS_WAIT_MS, signal);
    const stored = await readPresentMedia(options, stream, around, signal);
    const parts = clipParts(stitch(stored.recordings, range), range);
    if (parts.length === 0) throw await nothingToPlay(database, stream, range, stored);
    return { parts, problems: stored.problems };
  }

  return {
    async clip(stream, range, { signal } = {}) {
      const { parts, problems } = await load(stream, range, signal);
      const [part] = parts;
      if (!part || parts.length > 1) throw codecChange(parts);
      const key = JSON.stringify([stream, range.startUs, range.endUs, part.fingerprint]);
      const kept = cache.get(key);
      if (kept && clock.monotonicMs() - kept.builtMs < CACHE_MS) return kept.clip;
      const { tracks, salt } = await readClipTracks(reader, part, { signal });
      const plan = await builder.build({ ...range, tracks, title: stream }, signal);
      const { layout, durationUs, startUs, startsEarlyUs, gaps, videoFrames } = plan;
      const clip: Clip = {
        layout,
        etag: layoutEtag(layout, salt).replaceAll('"', ''),
        fileName: clipFileName(stream, range.startUs),
        durationUs,
        startUs,
        startsEarlyUs,
        gaps,
        videoFrames,
        warnings: [...new Set([...problems, ...plan.problems])],
      };
      cache.set(key, { clip, builtMs: clock.monotonicMs() }, memoryBytes(layout));
      return clip;
    },
    async parts(stream, range, { signal } = {}) {
      return (await load(stream, range, signal)).parts.map((part) => part.range);
    },
    close: () => builder.close(),
  };
}

function codecChange(parts: readonly ClipPart[]): AppError {
  return new AppError(
    'codec_change',
    `The codec configuration changes within the range; one file cannot hold it. Ask for its ${parts.length} parts one by one.`,
    { details: { parts: parts.map((part) => part.range) } },
  );
}

function memoryBytes(layout: Layout): number {
  return layout.parts.reduce(
    (sum, part) => sum + PART_BYTES + (part.kind === 'bytes' ? part.bytes.length : 0),
    0,
  );
}
