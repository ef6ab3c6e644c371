import { setMaxListeners } from 'node:events';
import {
  countWrong,
  type FindingKind,
  type IntegrityFinding,
  type IntegrityRun,
  type IntegrityScope,
} from '../../../src-shared/model/integrity.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { CheckPause, CheckPosition } from '../db/integrity-tables.ts';
import type { NewSegment } from '../segments/write-segments.ts';
import { type CheckSchedule, nextCheckMs } from './check-due.ts';
import { checkIndex } from './check-index.ts';
import type { CheckPart, CheckTools, Unchecked } from './check-tools.ts';
import {
  closeGone,
  countOpen,
  type FindingQuery,
  markResolved,
  openFindings,
  readFindings,
  saveProblems,
  toFinding,
} from './finding-table.ts';
import type { CheckScope, Problem } from './problem.ts';
import { type FoundFolder, folderOfFinding, recheckFolder } from './recheck-folder.ts';
import { isHarmless, type RepairTools, repairFinding } from './repair-finding.ts';
import { beginRun, cancelRuns, readHistory, readLastRun, type StoredRun, saveRun } from './run-table.ts';

export interface IntegrityServiceOptions extends Omit<CheckTools, 'signal' | 'isDeep'> {
  /** Called after COMMIT with rows that a repair found. */
  readonly onWritten: (rows: readonly NewSegment[]) => void;
  /** Called when the run changed, about once a second. */
  readonly onProgress?: (run: IntegrityRun) => void;
  /** Called with each finding that is open after the run dealt with it. */
  readonly onFinding?: (finding: IntegrityFinding) => void;
  /** Called when a run of everything was done, with how many findings are open that say that something is wrong. */
  readonly onDone?: (wrongCount: number) => void;
  /** When checks are made that nobody asks for. */
  readonly schedule?: CheckSchedule;
}

export interface IntegrityStatus {
  readonly run: IntegrityRun | null;
  readonly open: { kind: FindingKind; count: number }[];
  /** When the next check is made that nobody asks for, milliseconds since the epoch; null for never. */
  readonly nextAtMs: number | null;
}

/** How a run is made. */
export interface CheckOptions extends IntegrityScope {
  /** Goes on with a paused one, if there is one. */
  readonly isScheduled?: boolean;
  /** The run is paused after this time. */
  readonly maxMs?: number;
}

const SAVE_EVERY_MS = MS_PER_SECOND;
const FINDINGS_AT_ONCE = 100;
const MAX_LISTENERS = 100;
/** Of findings that wait to be stored. */
const MAX_WAIT_MS = MS_PER_SECOND;

/** Checks the index in the background, keeps what it finds, and mends it. One run at a time on a database. */
export class IntegrityService implements Closeable {
  #stop: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(private readonly options: IntegrityServiceOptions) {}

  /** The last run, of whichever process, how many findings of each kind are open, and when the next check comes. */
  async status(): Promise<IntegrityStatus> {
    const { clock, database, schedule } = this.options;
    const [run, open, history] = await Promise.all([
      readLastRun(database),
      countOpen(database),
      readHistory(database),
    ]);
    const nextAtMs = schedule ? nextCheckMs(schedule, history, clock.nowMs()) : null;
    return { run, open, nextAtMs };
  }

  /** Starts a run. Throws invalid_range, and conflict while one is running. */
  async start(options: CheckOptions): Promise<IntegrityRun> {
    const { endUs = null, isRepairing = false, isScheduled = false, startUs = null, stream = null } = options;
    if (startUs !== null && endUs !== null && endUs <= startUs) {
      throw new AppError('invalid_range', 'The end of the checked time has to be later than its start.');
    }
    if (this.#closing.signal.aborted) throw new AppError('conflict', 'The program is ending.');
    const limits: CheckScope = { stream, startUs, endUs };
    const stored = await beginRun(this.options.database, limits, isRepairing, isScheduled);
    const stop = new AbortController();
    // Each object that is asked for at once listens to it.
    setMaxListeners(MAX_LISTENERS, stop.signal);
    this.#stop = stop;
    this.#running = this.#run(stored, limits, options, stop);
    return { ...stored.run };
  }

  /** Ends the run, also one of another process; false where none runs. */
  async cancel(): Promise<boolean> {
    const isThere = await cancelRuns(this.options.database);
    this.#stop?.abort();
    return isThere;
  }

  /** Resolves when no run of this process is under way. */
  finished(): Promise<void> {
    return this.#running;
  }

  async findings(query: FindingQuery): Promise<IntegrityFinding[]> {
    return (await readFindings(this.options.database, query)).map(toFinding);
  }

  /** Mends the open ones of these findings, as each says; what was mended along with them is closed too. */
  async repair(
    ids: readonly number[],
    signal: AbortSignal,
  ): Promise<{ repaired: number[]; failed: { id: number; message: string }[] }> {
    const { database } = this.options;
    const outcome = { repaired: [] as number[], failed: [] as { id: number; message: string }[] };
    const folders = new Map<string, FoundFolder>();
    for (const finding of await openFindings(database, ids)) {
      signal.throwIfAborted();
      try {
        await repairFinding(this.#tools(signal, false), finding);
        await markResolved(database, finding.id, 'repaired');
        outcome.repaired.push(finding.id);
        const folder = folderOfFinding(finding);
        if (folder) folders.set(JSON.stringify([folder.stream, folder.dir]), folder);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AppError)) throw error;
        outcome.failed.push({ id: finding.id, message: error.message });
      }
    }
    const closed = new Set<number>();
    for (const folder of folders.values()) {
      for (const id of await this.#recheck(folder, signal)) closed.add(id);
    }
    const { failed, repaired } = outcome;
    return {
      repaired: [...repaired, ...failed.flatMap(({ id }) => (closed.has(id) ? id : []))],
      failed: failed.filter(({ id }) => !closed.has(id)),
    };
  }

  /** What was mended is so, whether or not the rest can be looked at: that is left to the next check. */
  async #recheck(folder: FoundFolder, signal: AbortSignal): Promise<number[]> {
    try {
      return await recheckFolder(this.#tools(signal, false), folder);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AppError)) throw error;
      this.options.logger.debug({ err: error, ...folder }, 'A folder was not checked after its repair');
      return [];
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stop?.abort();
    await this.#running;
  }

  #tools(signal: AbortSignal, isDeep: boolean): RepairTools {
    return { ...this.options, signal, isDeep };
  }

  /** What another manager did: its run is told here too. */
  async noteForeignChange(): Promise<void> {
    const run = await readLastRun(this.options.database);
    if (run) this.options.onProgress?.(run);
  }

  async #run(
    { pause, run }: StoredRun,
    scope: CheckScope,
    { isDeep = false, maxMs = Infinity }: CheckOptions,
    stop: AbortController,
  ): Promise<void> {
    const { clock, database, logger } = this.options;
    const { signal } = stop;
    const tools = this.#tools(signal, isDeep);
    const unchecked: Unchecked = {
      nodes: new Set(pause?.unchecked.nodes),
      storages: new Set(pause?.unchecked.storages),
    };
    const endMs = clock.monotonicMs() + maxMs;
    const part: CheckPart = {
      from: pause?.at ?? null,
      isTimeUp: () => clock.monotonicMs() > endMs,
      to: null,
    };
    const beat = setInterval(() => {
      void this.#tell(run).then(
        (isCancelWanted) => isCancelWanted && stop.abort(),
        (error: unknown) => logger.debug({ err: error }, 'How far the check is cannot be stored now'),
      );
    }, SAVE_EVERY_MS);
    try {
      this.options.onProgress?.({ ...run });
      let waiting: Problem[] = [];
      let sinceMs = clock.monotonicMs();
      const flush = async () => {
        const problems = waiting;
        waiting = [];
        sinceMs = clock.monotonicMs();
        await this.#keep(tools, run, problems);
      };
      for await (const problem of checkIndex(tools, scope, run, unchecked, part)) {
        signal.throwIfAborted();
        waiting.push(problem);
        const isDue = clock.monotonicMs() - sinceMs > MAX_WAIT_MS;
        if (waiting.length >= FINDINGS_AT_ONCE || isDue) await flush();
      }
      await flush();
      if (part.to) run.state = 'paused';
      else {
        await closeGone(database, run.id, scope, { unchecked, isDeep });
        run.state = 'done';
        await this.#tellDone(scope);
      }
    } catch (error) {
      run.state = signal.aborted ? 'cancelled' : 'failed';
      if (!signal.aborted) {
        run.problem = errorMessage(error);
        logger.warn({ err: error }, 'The index could not be checked');
      }
    } finally {
      clearInterval(beat);
    }
    run.finishedAtMs = run.state === 'paused' ? null : clock.nowMs();
    const nextPause = run.state === 'paused' && part.to ? pauseOf(part.to, unchecked) : null;
    await this.#tell(run, nextPause).catch((error: unknown) => {
      logger.warn({ err: error }, 'The outcome of the check cannot be stored');
    });
  }

  /** Stores findings; where the run repairs, mends what can be mended without losing anything. */
  async #keep(tools: RepairTools, run: IntegrityRun, problems: readonly Problem[]): Promise<void> {
    const { clock, database, onFinding } = this.options;
    // A place may come twice, as when two sessions of a folder miss one file; a statement takes it once.
    const unique = new Map(
      problems.map((each) => [JSON.stringify([each.kind, each.stream, each.nodeAlias, each.place]), each]),
    );
    const rows = await saveProblems(database, run.id, [...unique.values()], new Date(clock.nowMs()));
    for (const row of rows) {
      tools.signal.throwIfAborted();
      run.foundCount += 1;
      let { reason } = row;
      if (run.isRepairing && isHarmless(row.repair)) {
        try {
          await repairFinding(tools, row);
          await markResolved(database, row.id, 'repaired');
          run.repairedCount += 1;
          continue;
        } catch (error) {
          tools.signal.throwIfAborted();
          if (!(error instanceof AppError)) throw error;
          reason = `${reason} Not repaired: ${error.message}`;
        }
      }
      onFinding?.({ ...toFinding(row), reason });
    }
  }

  async #tell(run: IntegrityRun, pause: CheckPause | null = null): Promise<boolean> {
    const { isCancelWanted } = await saveRun(this.options.database, run, pause);
    this.options.onProgress?.({ ...run });
    return isCancelWanted;
  }

  async #tellDone({ endUs, startUs, stream }: CheckScope): Promise<void> {
    if (stream !== null || startUs !== null || endUs !== null) return;
    this.options.onDone?.(countWrong(await countOpen(this.options.database)));
  }
}

function pauseOf(at: CheckPosition, { nodes, storages }: Unchecked): CheckPause {
  return { at, unchecked: { nodes: [...nodes], storages: [...storages] } };
}
