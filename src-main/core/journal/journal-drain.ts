import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { errorCode, errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import { isDatabaseTrouble } from '../db/database-errors.ts';
import type { JournalEntry } from './journal-record.ts';
import type { ReportJournal } from './report-journal.ts';

export interface JournalDrainOptions {
  journal: ReportJournal;
  /** Writes reports in one transaction; resolves after COMMIT. */
  write: (entries: readonly JournalEntry[]) => Promise<void>;
  /** Nothing is left: reports may go the direct way again. */
  onEmptied: () => void;
  clock: Clock;
}

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 5 * MS_PER_SECOND;
/** What one transaction takes. */
const MAX_SEGMENTS_PER_WRITE = 4000;
/** So little is written at once; who comes now had better wait for it than make it more. */
const NEARLY_DONE_BYTES = 512 * 1024;
/** A report that fails so often, for whatever reason, is set aside: the others must not wait for ever. */
const MAX_TRIES = 20;

/**
 * Writes what is in the journal to the database, in the order in which it came, whenever the database can be used.
 *
 * A report that fails for a reason of its own is set aside with that reason.
 */
export class JournalDrain implements Closeable {
  readonly #options: JournalDrainOptions;
  readonly #stop = new AbortController();
  #wake: () => void = () => {};
  #loop: Promise<void> | undefined;
  #isUsable = false;

  constructor(options: JournalDrainOptions) {
    this.#options = options;
  }

  /** Begins with what an earlier run left. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Something was appended. */
  notify(): void {
    this.#wake();
  }

  /** Whether the database takes the rest at this moment. */
  get isNearlyDone(): boolean {
    return this.#isUsable && this.#options.journal.waitingBytes <= NEARLY_DONE_BYTES;
  }

  /** Stops after the transaction under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, journal, onEmptied } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // Before looking, so that what comes after the look wakes us.
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      try {
        const oldest = await journal.oldest();
        if (oldest !== null) {
          if (await this.#drain(oldest.entries)) await journal.done(oldest.file, oldest.isDamaged);
          continue;
        }
      } catch (error) {
        journal.logger.error({ reason: errorMessage(error) }, 'the journal cannot be read');
        await clock.sleep(MAX_WAIT_MS, signal);
        continue;
      }
      onEmptied();
      await clock.sleep(MS_PER_SECOND * 60, woken.signal);
    }
  }

  /** Whether all of them were written or set aside; false when the drain is to stop. */
  async #drain(entries: readonly JournalEntry[]): Promise<boolean> {
    const { signal } = this.#stop;
    let tries = 0;
    for (let from = 0; from < entries.length; ) {
      if (signal.aborted) return false;
      const batch = batchOf(entries, from);
      try {
        await this.#write(batch, tries >= MAX_TRIES);
        this.#isUsable = true;
        tries = 0;
        from += batch.length;
      } catch (error) {
        this.#isUsable = false;
        tries += isAway(error) ? 0 : 1;
        this.#options.journal.logger.debug(
          { reason: errorMessage(error) },
          'the journal waits for the database',
        );
        const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries, 10), MAX_WAIT_MS);
        await this.#options.clock.sleep(isAway(error) ? FIRST_WAIT_MS * 2 : waitMs, signal);
      }
    }
    return true;
  }

  /** Writes a batch as a whole, or where one of it is at fault, each alone. */
  async #write(batch: readonly JournalEntry[], isLastTry: boolean): Promise<void> {
    const { journal, write } = this.#options;
    try {
      return await write(batch);
    } catch (error) {
      if (isAway(error) || (isDatabaseTrouble(error) && !isLastTry)) throw error;
      if (batch.length > 1) {
        for (const entry of batch) await this.#write([entry], isLastTry);
        return;
      }
      for (const entry of batch) {
        const reason = errorMessage(error);
        await journal.setAside.add({ ...entry, reason });
        const { node_alias: node, stream } = entry.report;
        journal.logger.error({ node, stream, reason, file: journal.setAside.path }, 'a report was set aside');
      }
    }
  }
}

function isAway(error: unknown): boolean {
  return errorCode(error) === 'database_unavailable';
}

function batchOf(entries: readonly JournalEntry[], from: number): JournalEntry[] {
  let segmentCount = 0;
  let to = from;
  while (to < entries.length) {
    segmentCount += entries[to]?.report.segments.length ?? 0;
    if (to > from && segmentCount > MAX_SEGMENTS_PER_WRITE) break;
    to += 1;
  }
  return entries.slice(from, to);
}
