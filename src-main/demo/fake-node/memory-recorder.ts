import { type Clock, nowUs } from '../../core/base/clock.ts';
import type { ActiveRecording, Generation, NodeRecorder } from './node-options.ts';
import type { RecordingsIndex } from './node-recordings-index.ts';

/** Keeps the rows of recordings as a real node would, and writes no media. */
export class MemoryRecorder implements NodeRecorder {
  readonly #active = new Map<string, ActiveRecording>();

  constructor(
    readonly index: RecordingsIndex,
    readonly clock: Clock,
    readonly generation: Generation,
  ) {}

  active(stream: string): ActiveRecording | undefined {
    return this.#active.get(stream);
  }

  async start(stream: string, baseDir: string | undefined): Promise<ActiveRecording> {
    const startUs = nowUs(this.clock);
    const seconds = String(Math.floor(startUs / 1_000_000));
    const recordDir = baseDir ?? `${stream}/${this.#folder(startUs, seconds)}`;
    const record = recordDir.split('/').findLast((part) => /^\d{10,}$/.test(part)) ?? seconds;
    const recording = { record, recordDir };
    this.#active.set(stream, recording);
    this.index.begin({ record, stream, recordDir, startUs });
    return recording;
  }

  async stop(stream: string): Promise<void> {
    const recording = this.#active.get(stream);
    this.#active.delete(stream);
    if (recording) this.index.complete({ stream, record: recording.record }, nowUs(this.clock));
  }

  #folder(startUs: number, seconds: string): string {
    const hasDailyFolders = ['push', 'pull', 'sess', 'daily'].includes(this.generation);
    return hasDailyFolders ? dailyFolder(startUs / 1000) : seconds;
  }
}

/** `YYYY/MM/DD` in UTC. */
export function dailyFolder(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10).replaceAll('-', '/');
}
