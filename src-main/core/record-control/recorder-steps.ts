import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { parseRecordingFolder } from '../recordings/recording-path.ts';
import { checkObjectPath } from '../storage/object-path.ts';
import { baseDirOf } from './base-dir.ts';
import { retryAfterMs } from './decide-recording.ts';
import type { ListedRecordings } from './listed-recordings.ts';
import type { NodeAbility } from './node-ability.ts';
import {
  describesRecordings,
  hasRecordStatus,
  type RecordCalls,
  type RecordFailure,
  type StartedRecording,
} from './record-calls.ts';
import type { Recordable } from './recordables.ts';
import type { RecorderBook } from './recorder-book.ts';

export interface RecorderStepsOptions {
  readonly calls: RecordCalls;
  readonly book: RecorderBook;
  readonly ability: NodeAbility;
  /** The list of recordings, in which what begins stands at once. */
  readonly listed: Pick<ListedRecordings, 'begin' | 'noteStopped'>;
  readonly basePrefix: string;
  /** 0: recordings are not rotated. */
  readonly maxRecordingMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The calls for one stream on one node, and what is learnt from their answers. */
export class RecorderSteps {
  constructor(private readonly options: RecorderStepsOptions) {}

  /** What `decideRecording` said, or `restart`: end it and begin a new one. Failures are remembered with the stream; only `signal` makes it reject. */
  async take(
    action: 'check' | 'start' | 'rotate' | 'restart',
    each: Recordable,
    signal: AbortSignal,
  ): Promise<void> {
    if (action === 'check') return this.#checkAndAdopt(each, signal);
    if (action === 'rotate') return this.#rotate(each, signal);
    if (action === 'restart') return this.#replace(each, signal);
    await this.#start(each, signal);
  }

  /** Asks the node whether it records. */
  async check(each: Recordable, signal: AbortSignal): Promise<void> {
    const { calls, clock } = this.options;
    const { snapshot, state } = each;
    const answer = await calls.status(snapshot.node, state.stream, signal);
    state.checkedMs = clock.monotonicMs();
    if (answer.isOk) this.#noteStatus(each, answer.isRecording);
    else this.#noteFailure(each, answer);
  }

  /** Throws `conflict`, `node_unreachable` or `node_timeout` with what the node failed with. */
  async startByHand(each: Recordable, signal: AbortSignal): Promise<string> {
    const answer = await this.#start(each, signal);
    if (!answer.isOk) throw startError(each, answer);
    return answer.mpdPath ?? datedManifest(each.state.stream, this.options.clock.nowMs());
  }

  /** False when it did not record. Throws `conflict`, `node_unreachable` or `node_timeout`. */
  async stopByHand(each: Recordable, signal: AbortSignal): Promise<boolean> {
    const { generation, snapshot, state } = each;
    if (!hasRecordStatus(generation)) {
      if (state.isRecording !== true) return false;
      throw new AppError(
        'conflict',
        `${state.alias}: nodes of this version cannot be told to stop; the recording ends with its publisher.`,
      );
    }
    if (!each.sight.isAble) return false;
    const status = await this.options.calls.status(snapshot.node, state.stream, signal);
    if (!status.isOk) throw callError(each, status);
    if (status.isRecording) {
      const answer = await this.options.calls.stop(snapshot.node, state.stream, signal);
      if (!answer.isOk) throw callError(each, answer);
    }
    state.checkedMs = this.options.clock.monotonicMs();
    this.#noteStatus(each, false);
    await this.options.listed.noteStopped(state.alias, state.stream);
    return status.isRecording;
  }

  async #checkAndAdopt(each: Recordable, signal: AbortSignal): Promise<void> {
    await this.check(each, signal);
    const { generation, sight, state } = each;
    const isStrange = state.isRecording === true && state.startMs === null;
    if (!isStrange || !sight.isAutomatic || !sight.canStart) return;
    // A recording that was there before us: its own start tells when it is to be rotated.
    if (describesRecordings(generation)) await this.#start(each, signal);
    else this.#noteStart(each, this.options.clock.nowMs(), null);
  }

  async #rotate(each: Recordable, signal: AbortSignal): Promise<void> {
    const { clock, maxRecordingMs } = this.options;
    const { generation, state } = each;
    if (describesRecordings(generation)) {
      // The node may have rotated it by itself.
      const answer = await this.#start(each, signal);
      const ageMs = state.startMs === null ? 0 : clock.nowMs() - state.startMs;
      if (!answer.isOk || ageMs < maxRecordingMs) return;
    }
    await this.#replace(each, signal);
  }

  async #replace(each: Recordable, signal: AbortSignal): Promise<void> {
    const { calls, logger } = this.options;
    const { snapshot, state } = each;
    const stopped = await calls.stop(snapshot.node, state.stream, signal);
    if (!stopped.isOk) return this.#noteFailure(each, stopped);
    this.#noteStatus(each, false);
    await this.options.listed.noteStopped(state.alias, state.stream);
    logger.info({ stream: state.stream, alias: state.alias }, 'A recording is ended for a new one');
    await this.#start(each, signal);
  }

  async #start(each: Recordable, signal: AbortSignal): Promise<StartedRecording | RecordFailure> {
    const { basePrefix, calls, clock } = this.options;
    const { generation, snapshot, state } = each;
    const nowMs = clock.nowMs();
    const baseDir = baseDirOf(basePrefix, state.alias, state.stream, nowMs);
    const answer = await calls.start(snapshot.node, generation, state.stream, baseDir, signal);
    if (!answer.isOk) {
      this.#noteFailure(each, answer);
      return answer;
    }
    const startMs = Number(answer.recordId) * 1000;
    const isTold = answer.recordId !== null && /^\d{10,}$/.test(answer.recordId);
    const { isRecording: wasRecording } = state;
    // Where a start does not describe what runs, it names the folder of today.
    const isKept = !describesRecordings(generation) && wasRecording === true && state.recordDir !== null;
    const recordDir = isKept ? state.recordDir : (answer.recordDir ?? folderOf(answer.mpdPath));
    this.#noteStatus(each, true);
    state.checkedMs = clock.monotonicMs();
    this.#noteStart(each, isTold ? startMs : (state.startMs ?? nowMs), recordDir);
    const dir = recordDir ?? folderOf(datedManifest(state.stream, nowMs));
    if (dir !== null && !isKept) await this.#list(each, dir, answer.recordId, wasRecording === false);
    return answer;
  }

  async #list(each: Recordable, dir: string, recordId: string | null, isNew: boolean): Promise<void> {
    const { listed, logger } = this.options;
    try {
      checkObjectPath(dir);
    } catch (error) {
      logger.warn(
        { err: error, alias: each.state.alias },
        'A node records into a folder that cannot be listed',
      );
      return;
    }
    await listed.begin(each, dir, recordId ?? parseRecordingFolder(dir).record ?? '', isNew);
  }

  #noteStatus({ state }: Recordable, isRecording: boolean): void {
    if (isRecording && state.isRecording !== true) state.recordingSinceMs = this.options.clock.monotonicMs();
    state.isRecording = isRecording;
    state.reason = null;
    state.failures = 0;
    state.retryMs = Number.NEGATIVE_INFINITY;
    if (isRecording || state.startMs === null) return;
    state.startMs = null;
    state.recordDir = null;
    this.options.book.saveLater(state);
  }

  #noteStart({ state }: Recordable, startMs: number, recordDir: string | null): void {
    state.startMs = startMs;
    state.recordDir = recordDir;
    this.options.book.saveLater(state);
  }

  #noteFailure({ snapshot, state }: Recordable, failure: RecordFailure): void {
    const { ability, clock, logger } = this.options;
    if (failure.isUnable) ability.noteUnable(snapshot, failure.reason);
    state.failures += 1;
    state.reason = failure.reason;
    state.retryMs = clock.monotonicMs() + retryAfterMs(state.failures);
    // One lost answer changes nothing; after two, what the node said before is not known any more.
    if (state.failures >= 2) state.isRecording = null;
    const about = { stream: state.stream, alias: state.alias, reason: failure.reason };
    logger.warn({ ...about, failures: state.failures }, 'A recording call failed');
  }
}

function startError(each: Recordable, failure: RecordFailure): AppError {
  return failure.isUnable
    ? new AppError('conflict', `${each.state.alias}: ${failure.reason}`)
    : callError(each, failure);
}

function callError({ state }: Recordable, { kind, reason }: RecordFailure): AppError {
  return new AppError(
    kind === 'timeout' ? 'node_timeout' : 'node_unreachable',
    `Node ${state.alias}: ${reason}`,
  );
}

/** Where nodes before DAILY write: a folder by the UTC date of the start. */
function datedManifest(stream: string, nowMs: number): string {
  return `${stream}/${new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/')}/manifest.mpd`;
}

function folderOf(mpdPath: string | null): string | null {
  const slash = mpdPath?.lastIndexOf('/') ?? -1;
  return mpdPath !== null && slash > 0 ? mpdPath.slice(0, slash) : null;
}
