import { sql } from 'kysely';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { StoreChain } from '../storage/store-chain.ts';
import { InitPresence, type InitPresenceOptions, type LostTrack } from './init-presence.ts';
import { isUsable, type Lane, type PlayRecording, type PlaySegment } from './media-model.ts';

export interface PresenceCheckerOptions {
  readonly database: Database;
  /** The manager's own storages; nodes are not asked, as they give whole objects only. */
  readonly store: StoreChain;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Objects were found gone, or an init file back: the span of their stream that they lie in. */
  readonly onLost?: (span: { stream: string } & TimeRange) => void;
  /** As of `InitPresenceOptions`. */
  readonly onOther?: InitPresenceOptions['onOther'];
}

/** An object that was there is not looked for again for so long. */
const SEEN_MS = 5 * MS_PER_MINUTE;
const MAX_SEEN = 50_000;
/** A playlist must not wait longer for this; what was not looked for in time is listed. */
const LIMIT_MS = 1.5 * MS_PER_SECOND;
const PARALLEL = 32;
/** Half a day of pictures and sound. */
const MAX_CHECKED = 10_000;

/**
 * Looks whether the objects of a playlist or clip are still there, so that one that was deleted behind our back is a
 * gap, not an error in mid play. What is missing is marked in the index.
 */
export class PresenceChecker {
  /** When an object was seen last, monotonic milliseconds; oldest first. */
  readonly #seen = new Map<string, number>();

  readonly #inits: InitPresence;

  constructor(private readonly options: PresenceCheckerOptions) {
    this.#inits = new InitPresence({ ...options, ...(options.onLost && { onChange: options.onLost }) });
  }

  /**
   * The recordings with the state of segments whose object is gone set to `missing`, and without tracks whose init
   * file is gone or damaged; `problems` says which, in words. Never throws but for an abort.
   */
  async check(
    stream: string,
    recordings: readonly PlayRecording[],
    signal?: AbortSignal,
  ): Promise<{ recordings: PlayRecording[]; problems: string[] }> {
    const gone = new Map<string, { segment: PlaySegment; nodeAlias: string }>();
    let lostInits: ReadonlyMap<string, string> = new Map();
    const { release, signal: limit } = timeLimit(LIMIT_MS, signal);
    const wanted = this.#unseen(recordings);
    const folders = new Map<string, Promise<boolean>>();
    try {
      lostInits = await this.#inits.check(stream, recordings, limit);
      const worker = async () => {
        for (let one = wanted.pop(); one && !limit.aborted; one = wanted.pop()) {
          if (!(await this.#isThere(one.segment.path, one.nodeAlias, folders, limit)))
            gone.set(one.segment.id, one);
        }
      };
      await Promise.all(Array.from({ length: Math.min(PARALLEL, wanted.length) }, worker));
      if (gone.size > 0) await this.#mark(stream, [...gone.values()]);
    } catch (error) {
      signal?.throwIfAborted();
      if (!limit.aborted) {
        this.options.logger.debug(
          { reason: errorMessage(error) },
          'Objects were not looked for before listing',
        );
      }
    } finally {
      release();
    }
    const problems = [...new Set(lostInits.values())];
    if (gone.size + lostInits.size === 0) return { recordings: [...recordings], problems };
    return { recordings: recordings.map((recording) => withoutGone(recording, gone, lostInits)), problems };
  }

  /** An object was asked for and is not there. */
  async noteMissing(stream: string, segment: { id: string; path: string; startUs: number }, node: string) {
    this.#seen.delete(keyOf(segment.path, node));
    await this.#mark(stream, [{ segment, nodeAlias: node }]);
  }

  /** An init file was asked for and cannot be used. */
  noteUnusableInit(path: string, node: string): void {
    this.#inits.noteUnusable(path, node);
  }

  /** Whether an init file of these tracks is back, which makes what is stored of them usable. Never throws but for an abort. */
  async lookForInits(stream: string, tracks: readonly LostTrack[], signal?: AbortSignal): Promise<boolean> {
    if (tracks.length === 0) return false;
    const { release, signal: limit } = timeLimit(LIMIT_MS, signal);
    try {
      return await this.#inits.lookAgain(stream, tracks, limit);
    } catch (error) {
      signal?.throwIfAborted();
      this.options.logger.debug({ reason: errorMessage(error) }, 'Init files were not looked for again');
      return false;
    } finally {
      release();
    }
  }

  #wasSeen(key: string): boolean {
    const seenMs = this.#seen.get(key);
    return seenMs !== undefined && this.options.clock.monotonicMs() - seenMs < SEEN_MS;
  }

  /** The usable segments that were not seen lately, of recordings that lie in our storages. */
  #unseen(recordings: readonly PlayRecording[]): { segment: PlaySegment; nodeAlias: string }[] {
    const wanted: { segment: PlaySegment; nodeAlias: string }[] = [];
    for (const { audio, nodeAlias, video } of recordings) {
      for (const segment of [...(video?.segments ?? []), ...(audio?.segments ?? [])]) {
        if (wanted.length >= MAX_CHECKED) return wanted;
        const wasSeen = this.#wasSeen(keyOf(segment.path, nodeAlias));
        if (isUsable(segment) && segment.analysis && !wasSeen) wanted.push({ segment, nodeAlias });
      }
    }
    return wanted;
  }

  async #isThere(
    path: string,
    node: string,
    folders: Map<string, Promise<boolean>>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, store } = this.options;
    const key = keyOf(path, node);
    if ((await store.stat(path, { signal, node })) === null) {
      const folder = key.slice(0, key.lastIndexOf('/') + 1);
      const isOurs = folders.get(folder) ?? this.#isOurs(path, { node, signal });
      folders.set(folder, isOurs);
      return !(await isOurs);
    }
    if (this.#seen.size >= MAX_SEEN) this.#seen.delete(this.#seen.keys().next().value as string);
    this.#seen.set(key, clock.monotonicMs());
    return true;
  }

  /** Whether the folder of an object lies here: of one that lies on its node nothing can be said. */
  #isOurs(path: string, options: { node: string; signal: AbortSignal }): Promise<boolean> {
    return this.options.store.hasFolder(path.slice(0, path.lastIndexOf('/') + 1), options);
  }

  async #mark(
    stream: string,
    gone: readonly { segment: { id: string; path: string; startUs: number }; nodeAlias: string }[],
  ): Promise<void> {
    const { database, logger, store } = this.options;
    await sql`
      update segments s set state = 'missing', problem = 'The file ' || s.path || ' is not in storage.'
      from unnest(${gone.map(({ segment }) => segment.id)}::uuid[],
        ${gone.map(({ segment }) => segment.startUs)}::bigint[]) as g (id, start_ts)
      where s.stream = ${stream} and s.start_ts = g.start_ts and s.id = g.id and s.state in ('ok', 'pending')
    `.execute(database.db);
    const starts = gone.map(({ segment }) => segment.startUs);
    const endUs = Math.max(...starts) + 1;
    this.options.onLost?.({ stream, startUs: Math.min(...starts), endUs });
    const paths = gone.slice(0, 5).map(({ segment }) => segment.path);
    logger.warn(
      { stream, count: gone.length, paths, storage: store.name },
      'Recorded objects are gone from storage',
    );
  }
}

function withoutGone(
  recording: PlayRecording,
  gone: ReadonlyMap<string, unknown>,
  lostInits: ReadonlyMap<string, string>,
): PlayRecording {
  const marked = (lane: Lane | null): Lane | null => {
    if (!lane || lostInits.has(lane.track.id)) return null;
    return {
      ...lane,
      segments: lane.segments.map((segment) =>
        gone.has(segment.id) ? { ...segment, state: 'missing' as const } : segment,
      ),
    };
  };
  return { ...recording, video: marked(recording.video), audio: marked(recording.audio) };
}

function keyOf(path: string, node: string): string {
  return `${node}\n${path}`;
}
