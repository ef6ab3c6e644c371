import type { Clock } from '../core/base/clock.ts';
import { counted } from '../core/base/counted.ts';
import type { IndexProgress } from '../core/segments/index-storage.ts';

const LINE_EVERY_MS = 200;
const JSON_EVERY_MS = 1000;

/** Tells how `liveman index` gets on: a line on a terminal, JSON lines where a program reads. */
export class IndexOutput {
  readonly #startMs: number;
  #toldMs = Number.NEGATIVE_INFINITY;
  #firstCount: number | null = null;

  constructor(
    private readonly isJson: boolean,
    private readonly clock: Clock,
  ) {
    this.#startMs = clock.monotonicMs();
  }

  progress(progress: IndexProgress): void {
    // A short run tells its progress first when it has passed all.
    this.#firstCount ??= progress.resumedAfter === null ? 0 : progress.objectCount;
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.#toldMs < (this.isJson ? JSON_EVERY_MS : LINE_EVERY_MS)) return;
    this.#toldMs = nowMs;
    if (this.isJson) this.#json('progress', progress);
    else if (process.stderr.isTTY) this.#line(progress);
  }

  #line(progress: IndexProgress): void {
    const { addedCount, dir, folderCount, knownCount, objectCount } = progress;
    const rate = Math.round(this.#rate(progress)).toLocaleString('en');
    process.stderr.write(
      `\r\x1b[K${objectCount.toLocaleString('en')} objects (${rate}/s), ${folderCount} recordings, ${addedCount} new segments, ${knownCount} known: ${dir}`,
    );
  }

  done(progress: IndexProgress): void {
    if (this.isJson) {
      this.#json('done', progress);
      return;
    }
    if (process.stderr.isTTY) process.stderr.write('\n');
    const { addedCount, folderCount, knownCount, problems } = progress;
    const counts = `${counted(folderCount, 'recording')}: ${counted(addedCount, 'segment')} added, ${knownCount} known already.`;
    process.stdout.write(`${[counts, ...problems].join('\n')}\n`);
  }

  stopped(): void {
    if (this.isJson) process.stdout.write(`${JSON.stringify({ event: 'stopped' })}\n`);
    else process.stderr.write('\nStopped. What was found so far is in the index; run it again to go on.\n');
  }

  /** Objects a second. */
  #rate({ objectCount }: IndexProgress): number {
    const sec = Math.max(0.001, (this.clock.monotonicMs() - this.#startMs) / 1000);
    return (objectCount - (this.#firstCount ?? 0)) / sec;
  }

  #json(event: string, progress: IndexProgress): void {
    const objectsPerSecond = Math.round(this.#rate(progress));
    process.stdout.write(`${JSON.stringify({ event, ...progress, objectsPerSecond })}\n`);
  }
}
