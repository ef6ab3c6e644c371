import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

/** Work in the background that can be begun and ended again and again. */
export interface DutyWorker {
  /** Begins; does nothing where it has begun already. */
  start(): void | Promise<void>;
  /** Ends what is under way and resolves when nothing is done any more; may come while `start` is under way. */
  stop(): Promise<void>;
}

const RETRY_MS = 2 * MS_PER_SECOND;

/**
 * A worker that is one function, which works until its signal aborts.
 *
 * Where it rejects (the database is away) it is called again after a pause.
 */
export function loopWorker(
  work: (signal: AbortSignal) => Promise<void>,
  { clock, logger, name }: { readonly clock: Clock; readonly logger: Logger; readonly name: string },
): DutyWorker {
  let running: AbortController | undefined;
  let done: Promise<void> = Promise.resolve();

  const run = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      try {
        return await work(signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ reason: errorMessage(error), work: name }, 'Background work failed and is begun anew');
        await clock.sleep(RETRY_MS, signal);
      }
    }
  };
  return {
    start() {
      if (running) return;
      running = new AbortController();
      const { signal } = running;
      // The run before may still be on its way out.
      done = done.then(() => run(signal));
    },
    async stop() {
      running?.abort();
      running = undefined;
      await done;
    },
  };
}

/** Several workers as one; they start in this order and stop together. */
export function workersTogether(...workers: readonly DutyWorker[]): DutyWorker {
  return {
    async start() {
      for (const worker of workers) await worker.start();
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}
