import type { Clock } from '../core/base/clock.ts';
import { errorMessage } from '../core/base/errors.ts';
import type { Logger } from '../core/base/logger.ts';
import type { LoopRecording, RecordedSegment } from './loops/loop-recording.ts';

const BATCH_SIZE = 500;
/** How long a batch that is not full waits for more, so that the past goes out in few requests. */
const GATHER_MS = 400;
const REQUEST_LIMIT_MS = 15_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;

export interface SegmentReporterOptions {
  /** The manager, without a trailing slash. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly nodeAlias: string;
  readonly stream: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How many segments of a recording the manager has accepted. */
interface ReportCursor {
  readonly recording: LoopRecording;
  readonly reported: { video: number; audio: number };
}

/**
 * Reports the segments of one stream of one node to the manager, in order of time, each until it is accepted.
 *
 * It remembers how far it is in each recording instead of queueing segments, so a manager that stays away costs
 * no memory.
 */
export class SegmentReporter {
  readonly #recordings: ReportCursor[] = [];
  #wake: (() => void) | undefined;
  #idle: (() => void)[] = [];
  #isIdle = true;

  constructor(readonly options: SegmentReporterOptions) {}

  /** Adds a recording; call in order of time. */
  add(recording: LoopRecording): void {
    this.#recordings.push({ recording, reported: { video: 0, audio: 0 } });
    this.notify();
  }

  /** More segments are on disk. */
  notify(): void {
    this.#isIdle = false;
    this.#wake?.();
  }

  /** Resolves once everything that was on disk is reported. */
  async drained(): Promise<void> {
    if (!this.#isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Reports until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let batch = this.#takeBatch();
      if (batch.segments.length === 0) {
        await this.#sleepUntilWoken(signal);
        continue;
      }
      if (batch.segments.length < BATCH_SIZE) {
        await this.options.clock.sleep(GATHER_MS, signal);
        batch = this.#takeBatch();
      }
      if (await this.#send(batch.segments, signal)) batch.commit();
    }
    this.#settle();
  }

  /** One last attempt for what is left, within `limitMs`; for the moment before the program ends. */
  async flush(limitMs: number): Promise<void> {
    const batch = this.#takeBatch();
    if (batch.segments.length === 0) return;
    const isSent = await this.#post(batch.segments, AbortSignal.timeout(limitMs)).catch(() => false);
    if (isSent) batch.commit();
  }

  /** The next unreported segments, by start time; `commit` counts them as reported. */
  #takeBatch(): { segments: RecordedSegment[]; commit: () => void } {
    const segments: RecordedSegment[] = [];
    const commits: (() => void)[] = [];
    for (const entry of this.#recordings) {
      const next = { ...entry.reported };
      while (segments.length < BATCH_SIZE) {
        const kind = nextKind(entry.recording, next);
        if (!kind) break;
        next[kind]++;
        segments.push(entry.recording.segment(kind, next[kind]));
      }
      commits.push(() => Object.assign(entry.reported, next));
      if (segments.length === BATCH_SIZE) break;
    }
    return { segments, commit: () => this.#commit(commits) };
  }

  #commit(commits: (() => void)[]): void {
    for (const commit of commits) commit();
    const isDone = ({ recording, reported }: ReportCursor) =>
      recording.endMs !== undefined && !nextKind(recording, reported);
    while (this.#recordings[0] && isDone(this.#recordings[0])) this.#recordings.shift();
  }

  async #sleepUntilWoken(signal: AbortSignal): Promise<void> {
    this.#settle();
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#wake = undefined;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #settle(): void {
    this.#isIdle = true;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #send(segments: RecordedSegment[], signal: AbortSignal): Promise<boolean> {
    const { clock, logger, stream, url } = this.options;
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(LAST_RETRY_MS, waitMs * 2)) {
      try {
        if (await this.#post(segments, AbortSignal.any([signal, AbortSignal.timeout(REQUEST_LIMIT_MS)]))) {
          return true;
        }
      } catch (error) {
        if (waitMs === FIRST_RETRY_MS && !signal.aborted) {
          logger.debug({ stream, url, error: errorMessage(error) }, 'segment report failed, trying again');
        }
      }
      await clock.sleep(waitMs, signal);
    }
    return false;
  }

  async #post(segments: RecordedSegment[], signal: AbortSignal): Promise<boolean> {
    const { url, headers, nodeAlias, stream } = this.options;
    const response = await fetch(`${url}/api/segments/report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ node_alias: nodeAlias, stream, segments: segments.map(reportedSegment) }),
      signal,
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`status ${response.status}: ${answer.slice(0, 200)}`);
    return true;
  }
}

/** The kind of track whose next unreported segment starts first. */
function nextKind(
  recording: LoopRecording,
  reported: { video: number; audio: number },
): 'video' | 'audio' | undefined {
  const hasVideo = isFinal(recording, 'video', reported.video + 1);
  const hasAudio = isFinal(recording, 'audio', reported.audio + 1);
  if (!hasVideo || !hasAudio) return hasVideo ? 'video' : hasAudio ? 'audio' : undefined;
  const video = recording.segment('video', reported.video + 1);
  const audio = recording.segment('audio', reported.audio + 1);
  return audio.startUs < video.startUs ? 'audio' : 'video';
}

function isFinal(recording: LoopRecording, kind: 'video' | 'audio', number: number): boolean {
  return number <= recording.segmentCount(kind);
}

/** The report's form: times are wall clock microseconds, the end exclusive. */
function reportedSegment(segment: RecordedSegment): object {
  return {
    start_ts: segment.startUs,
    end_ts: segment.endUs,
    duration_ms: Math.round((segment.endUs - segment.startUs) / 1000),
    path: segment.path,
    is_keyframe: segment.isKeyFrame,
  };
}
