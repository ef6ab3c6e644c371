import { MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { type IndexAgainTools, indexAgain } from '../segments/index-again.ts';
import type { SessionFolder } from '../segments/session-store.ts';

export interface ChangedFoldersOptions extends Omit<IndexAgainTools, 'signal'> {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Segments are written ten seconds and more after their init file. */
const AGAIN_MS = MS_PER_MINUTE;
const MAX_KEPT = 10_000;

/**
 * Indexes folders anew, one after the other, of which somebody saw that they are not what was indexed: a recorder wrote
 * over them while nobody followed it.
 */
export class ChangedFolders implements Closeable {
  readonly #stop = new AbortController();
  /** When a folder was looked at last, milliseconds, monotonic. */
  readonly #lookedMs = new Map<string, number>();
  #work: Promise<void> = Promise.resolve();

  constructor(private readonly options: ChangedFoldersOptions) {}

  /** Returns at once; a folder that was looked at just now is left alone. */
  note(folder: SessionFolder): void {
    const nowMs = this.options.clock.monotonicMs();
    const key = `${folder.nodeAlias}\n${folder.stream}\n${folder.dir}`;
    if (nowMs - (this.#lookedMs.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    if (this.#lookedMs.size >= MAX_KEPT) this.#lookedMs.clear();
    this.#lookedMs.set(key, nowMs);
    this.#work = this.#work.then(() => this.#index(folder));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  async #index(folder: SessionFolder): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    const { logger } = this.options;
    try {
      const outcome = await indexAgain({ ...this.options, signal }, folder);
      const { addedCount = 0, problems = [] } = outcome ?? {};
      logger.info(
        { ...folder, addedCount, problem: problems[0] },
        'A folder that has changed was indexed anew',
      );
    } catch (error) {
      if (signal.aborted) return;
      logger.warn(
        { ...folder, reason: errorMessage(error) },
        'A folder that has changed was not indexed anew',
      );
    }
  }
}
