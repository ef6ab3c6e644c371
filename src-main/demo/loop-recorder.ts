import type { Clock } from '../core/base/clock.ts';
import { errorMessage } from '../core/base/errors.ts';
import type { Logger } from '../core/base/logger.ts';
import { findRecordings } from './loops/found-recordings.ts';
import type { Loop } from './loops/loop.ts';
import { LoopRecording } from './loops/loop-recording.ts';
import { nextSlot, type PlannedRecording, type PlanOptions, planRecording } from './loops/recording-plan.ts';

/** How long a recorder waits after the disk failed. */
const RETRY_MS = 5000;

/** Who wants to know what a recorder does; the calls come in the order of time. */
export interface RecorderListener {
  /** A recording has begun, or was found on disk (then it has an `endMs` already). */
  onRecording(recording: LoopRecording): void;
  /** More segments of it are on disk, or it has ended. */
  onProgress(recording: LoopRecording): void;
}

export interface LoopRecorderOptions {
  readonly storageRoot: string;
  readonly stream: string;
  readonly loop: Loop;
  readonly plan: PlanOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener: RecorderListener;
}

/**
 * Records one stream from a loop, one recording after another, for one node.
 *
 * `resume` looks at what is on disk, `fillPast` writes the past as fast as the disk takes it, `start` goes on
 * live: a segment appears when its time is over. `stop` ends the recording; `start` may follow again.
 */
export class LoopRecorder {
  #current: LoopRecording | undefined;
  #plannedEndMs = 0;
  #stopping: AbortController | undefined;
  #running: Promise<void> | undefined;

  constructor(readonly options: LoopRecorderOptions) {}

  get isRecording(): boolean {
    return this.#stopping !== undefined;
  }

  /** The recording being written, if there is one. */
  get current(): LoopRecording | undefined {
    return this.#current;
  }

  /** Announces what earlier runs left that ends after `afterMs`; answers with the end of the newest of all. */
  async resume(afterMs: number): Promise<number | undefined> {
    const { plan, listener } = this.options;
    const found = await findRecordings({ ...this.options, slots: plan.slots });
    for (const recording of found) {
      if (recording.writtenUntilMs > afterMs) listener.onRecording(recording);
    }
    return found.length === 0 ? undefined : Math.max(...found.map((each) => each.writtenUntilMs));
  }

  /**
   * Writes recordings from `fromMs` up to now and leaves the last one open for `start` to go on with.
   * When `signal` aborts, what is written stays and the open recording is ended.
   */
  async fillPast(fromMs: number, signal: AbortSignal): Promise<void> {
    const { clock, plan, listener } = this.options;
    let nextMs = fromMs;
    while (!signal.aborted) {
      const planned = planRecording(plan, nextMs);
      if (planned.startMs > clock.nowMs()) return;
      const recording = await this.#begin(planned);
      const progress = () => listener.onProgress(recording);
      while (!signal.aborted && recording.nextSegmentMs <= Math.min(planned.endMs, clock.nowMs())) {
        await recording.writeUntil(Math.min(planned.endMs, clock.nowMs()), signal, progress);
      }
      if (signal.aborted) return this.#end(recording.writtenUntilMs);
      if (planned.endMs > clock.nowMs()) {
        await recording.writeManifest(clock.nowMs());
        return;
      }
      await this.#end(planned.endMs);
      nextMs = planned.endMs + plan.waitMs;
    }
  }

  /** Goes on live until `stop`: with the recording that `fillPast` left open, else with a new one. */
  start(): void {
    if (this.#stopping) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#running = this.#record(stopping.signal);
  }

  /**
   * Ends the recording and waits until its files are complete. A clean stop writes the short last segments;
   * a node that crashes loses them (`isClean` false).
   */
  async stop({ isClean = true }: { isClean?: boolean } = {}): Promise<void> {
    this.#stopping?.abort();
    await this.#running;
    this.#stopping = undefined;
    this.#running = undefined;
    const recording = this.#current;
    if (!recording) return;
    await this.#end(isClean ? this.options.clock.nowMs() : recording.writtenUntilMs).catch((error) =>
      this.#abandon(recording, error),
    );
  }

  /** When a recording started now would begin. */
  nextStartMs(): number {
    return nextSlot(this.options.plan.slots, this.options.clock.nowMs());
  }

  async #record(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#recordNext(signal);
      } catch (error) {
        // A full disk or a folder that was removed must not end the program that the demo runs in.
        this.#abandon(this.#current, error);
        await this.options.clock.sleep(RETRY_MS, signal);
      }
    }
  }

  /** Waits for the next segment, or for the start of the next recording, and writes it. */
  async #recordNext(signal: AbortSignal): Promise<void> {
    const { clock, plan, listener } = this.options;
    if (!this.#current) {
      const planned = planRecording(plan, clock.nowMs());
      await clock.sleep(planned.startMs - clock.nowMs(), signal);
      if (!signal.aborted) await this.#begin(planned);
    }
    const recording = this.#current;
    if (!recording) return;
    const wakeMs = Math.min(recording.nextSegmentMs, this.#plannedEndMs);
    await clock.sleep(Math.max(0, wakeMs - clock.nowMs()), signal);
    if (signal.aborted) return;
    await recording.writeUntil(Math.min(clock.nowMs(), this.#plannedEndMs), signal, () =>
      listener.onProgress(recording),
    );
    if (!signal.aborted && clock.nowMs() >= this.#plannedEndMs) await this.#end(this.#plannedEndMs);
    else await recording.writeManifest(clock.nowMs());
  }

  #abandon(recording: LoopRecording | undefined, error: unknown): void {
    const { logger, listener, stream } = this.options;
    logger.warn({ stream, error: errorMessage(error) }, 'demo recording ends, its files cannot be written');
    this.#current = undefined;
    if (!recording) return;
    recording.adopt(recording.written);
    listener.onProgress(recording);
  }

  async #begin(planned: PlannedRecording): Promise<LoopRecording> {
    const { storageRoot, stream, loop, listener } = this.options;
    const recordDir = `${stream}/${Math.floor(planned.startMs / 1000)}`;
    const recording = new LoopRecording({ storageRoot, recordDir, loop, startMs: planned.startMs });
    await recording.begin();
    this.#current = recording;
    this.#plannedEndMs = planned.endMs;
    listener.onRecording(recording);
    return recording;
  }

  async #end(endMs: number): Promise<void> {
    const recording = this.#current;
    this.#current = undefined;
    if (!recording) return;
    await recording.finish(endMs);
    this.options.listener.onProgress(recording);
  }
}
