import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../db/database.ts';
import type { InitSegment } from '../media/init-segment.ts';
import { bringBackInit, decodes, foreignInit, giveUpInit } from '../segments/init-files.ts';
import { type InitOutcome, readInit } from '../segments/read-media.ts';
import type { SessionFolder } from '../segments/session-store.ts';
import { folderOf } from '../storage/object-path.ts';
import type { StoreChain } from '../storage/store-chain.ts';
import type { Lane, PlayRecording } from './media-model.ts';

export interface InitPresenceOptions {
  readonly database: Database;
  /** The manager's own storages. */
  readonly store: StoreChain;
  readonly clock: Clock;
  /** Nothing decodes what a stream has in this span any more, or something does again. */
  readonly onChange?: (span: { stream: string } & TimeRange) => void;
  /** An init file is another one than was indexed: all of its folder may be. */
  readonly onOther?: ((recording: SessionFolder) => void) | undefined;
}

/** A track whose init file cannot be used, as the index has it. */
export interface LostTrack extends TimeRange {
  readonly id: string;
  readonly nodeAlias: string;
  readonly initPath: string;
  /** Of the init file that was indexed; null where none could be read. */
  readonly configHash: string | null;
}

/** An init file that could be read is not read again for so long, unless a player says that it cannot. */
const SEEN_MS = 5 * MS_PER_MINUTE;
/** One that could not is looked at again at most this often: playlists of one player come every few seconds. */
const LOOK_AGAIN_MS = 5 * MS_PER_SECOND;
const MAX_KEPT = 10_000;

/**
 * Reads the init files of what is to be listed: without one nothing decodes its track, however good the segments are.
 *
 * A track of which it is gone, damaged or of another codec is marked so in the index, and is a gap from then on, until
 * it is back.
 */
export class InitPresence {
  /** When an init file was read last, monotonic milliseconds, by node and path. */
  readonly #readMs = new Map<string, number>();

  constructor(private readonly options: InitPresenceOptions) {}

  /** Why tracks cannot be decoded, in words, by their id; those that can are not in it. Throws storage_unavailable. */
  async check(
    stream: string,
    recordings: readonly PlayRecording[],
    signal: AbortSignal,
  ): Promise<Map<string, string>> {
    const lanes = recordings.flatMap(({ audio, nodeAlias, video }) =>
      [video, audio].flatMap((lane) => (lane ? [{ lane, nodeAlias }] : [])),
    );
    const problems = new Map<string, string>();
    await Promise.all(
      lanes.map(async ({ lane, nodeAlias }) => {
        const { id, initPath } = lane.track;
        if (this.#wasRead(initPath, nodeAlias, SEEN_MS)) return;
        const read = await this.#read(initPath, nodeAlias, signal);
        if (read?.state === 'ok') this.#compare(read.init, { ...lane.track, nodeAlias }, stream);
        const outcome =
          read?.state === 'ok' && !decodes(read.init, lane.track) ? foreignInit(initPath, read.init) : read;
        if (outcome === null || outcome.state === 'ok') return;
        const problem = await giveUpInit(this.options.database, { id, initPath }, outcome);
        problems.set(id, problem);
        this.#tell(stream, spanOf(lane));
      }),
    );
    return problems;
  }

  /** Looks whether init files are back; answers whether one is. Throws storage_unavailable. */
  async lookAgain(stream: string, tracks: readonly LostTrack[], signal: AbortSignal): Promise<boolean> {
    const due = tracks.filter(
      ({ initPath, nodeAlias }) => !this.#wasRead(initPath, nodeAlias, LOOK_AGAIN_MS),
    );
    const isBack = await Promise.all(
      due.map(async (track) => {
        const outcome = await this.#read(track.initPath, track.nodeAlias, signal);
        if (outcome?.state !== 'ok') return false;
        this.#compare(outcome.init, track, stream);
        if (!(await bringBackInit(this.options.database, track.id, outcome.init))) return false;
        this.#tell(stream, track);
        return true;
      }),
    );
    return isBack.includes(true);
  }

  /** A player could not be given the init file: it is read with the next playlist. */
  noteUnusable(path: string, node: string): void {
    this.#readMs.delete(keyOf(path, node));
  }

  #compare(
    { configHash }: InitSegment,
    track: Pick<LostTrack, 'configHash' | 'initPath' | 'nodeAlias'>,
    stream: string,
  ): void {
    if (track.configHash === null || track.configHash === configHash) return;
    this.options.onOther?.({ stream, nodeAlias: track.nodeAlias, dir: folderOf(track.initPath) });
  }

  /** Null where it is not for us to say: it may lie on its node. */
  async #read(path: string, node: string, signal: AbortSignal): Promise<InitOutcome | null> {
    const { clock, store } = this.options;
    const outcome = await readInit(store, path, { signal, node });
    if (this.#readMs.size >= MAX_KEPT) this.#readMs.clear();
    this.#readMs.set(keyOf(path, node), clock.monotonicMs());
    const isOurs =
      outcome.state !== 'missing' || (await store.hasFolder(`${folderOf(path)}/`, { node, signal }));
    return isOurs ? outcome : null;
  }

  #wasRead(path: string, node: string, withinMs: number): boolean {
    const readMs = this.#readMs.get(keyOf(path, node));
    return readMs !== undefined && this.options.clock.monotonicMs() - readMs < withinMs;
  }

  #tell(stream: string, { endUs, startUs }: TimeRange): void {
    this.options.onChange?.({ stream, startUs, endUs });
  }
}

function spanOf({ segments }: Lane): TimeRange {
  const startUs = Math.min(...segments.map((segment) => segment.startUs));
  return { startUs, endUs: Math.max(...segments.map((segment) => segment.endUs)) };
}

function keyOf(path: string, node: string): string {
  return `${node}\n${path}`;
}
