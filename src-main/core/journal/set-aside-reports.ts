import type { SetAsideReport as SetAsideView } from '../../../src-shared/contract/set-aside-routes.ts';
import { US_PER_MS } from '../../../src-shared/util/units.ts';
import { errorCode, errorMessage } from '../base/errors.ts';
import type { JournalEntry } from './journal-record.ts';
import { type SetAsideFile, type SetAsideReport, setAsideId } from './set-aside-file.ts';

export interface SetAsideReportsOptions {
  readonly file: SetAsideFile;
  /** Writes reports in one transaction; resolves after COMMIT. */
  readonly write: (entries: readonly JournalEntry[]) => Promise<void>;
}

/** What became of reports that were tried again. */
export interface RetryOutcome {
  readonly indexed: string[];
  readonly failed: { id: string; reason: string }[];
}

/** The reports that were set aside: to be looked at, tried again, given up. */
export class SetAsideReports {
  constructor(private readonly options: SetAsideReportsOptions) {}

  /** The oldest ones, and how many there are. */
  async list(limit: number): Promise<{ reports: SetAsideView[]; total: number }> {
    const { file } = this.options;
    return { reports: (await file.read(limit)).map(viewOf), total: file.count };
  }

  /**
   * Indexes them, each alone. What is indexed goes from the file afterwards: a crash between costs a repeat, which is
   * known. Throws database_unavailable where the database is away; those done before stay done.
   */
  async retry(ids: readonly string[]): Promise<RetryOutcome> {
    const { file, write } = this.options;
    const wanted = new Set(ids);
    const outcome: RetryOutcome = { indexed: [], failed: [] };
    try {
      for await (const report of file.reports()) {
        const id = setAsideId(report);
        if (!wanted.delete(id)) continue;
        try {
          await write([report]);
          outcome.indexed.push(id);
        } catch (error) {
          if (errorCode(error) === 'database_unavailable') throw error;
          outcome.failed.push({ id, reason: errorMessage(error) });
        }
      }
    } finally {
      await this.#settle(outcome);
    }
    return outcome;
  }

  /** Gives them up; answers how many there were. */
  async discard(ids: readonly string[]): Promise<number> {
    const wanted = new Set(ids);
    let count = 0;
    await this.options.file.change((report) => {
      if (!wanted.has(setAsideId(report))) return report;
      count += 1;
      return null;
    });
    return count;
  }

  async #settle({ failed, indexed }: RetryOutcome): Promise<void> {
    if (failed.length + indexed.length === 0) return;
    const reasons = new Map(failed.map(({ id, reason }) => [id, reason]));
    await this.options.file.change((report): SetAsideReport | null => {
      const id = setAsideId(report);
      return indexed.includes(id) ? null : { ...report, reason: reasons.get(id) ?? report.reason };
    });
  }
}

function viewOf(report: SetAsideReport): SetAsideView {
  const { node_alias: node, segments, stream } = report.report;
  return {
    id: setAsideId(report),
    arrivedAtMs: Math.round(report.arrivedAtUs / US_PER_MS),
    node,
    stream,
    segmentCount: segments.length,
    path: segments[0]?.path ?? '',
    reason: report.reason,
  };
}
