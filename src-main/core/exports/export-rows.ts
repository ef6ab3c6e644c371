import type { Selectable } from 'kysely';
import type { ExportState } from '../../../src-shared/model/export-job.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import type { Database } from '../db/database.ts';
import type { ExportsTable } from '../db/tables.ts';

export type ExportRow = Selectable<ExportsTable>;

/** What a run of a job finds out; null takes a value back. */
export interface ExportChange {
  state?: ExportState;
  finishedAt?: Date | null;
  sizeBytes?: number | null;
  fileName?: string | null;
  folder?: string;
  managerId?: string;
  durationUs?: number | null;
  startsEarlyUs?: number | null;
  gaps?: readonly TimeRange[];
  error?: string | null;
}

/** States in which a job waits or is worked on. */
export const UNFINISHED: ExportState[] = ['waiting', 'running', 'checking'];

/** Who looks for older files finds them in the folder. */
const MOST_LISTED = 1000;

/** The rows of `exports`. All methods throw database_unavailable. */
export class ExportRows {
  readonly #db: Database['db'];

  constructor(database: Database) {
    this.#db = database.db;
  }

  /** New jobs that wait, in the order given. */
  async insert(
    stream: string,
    ranges: readonly TimeRange[],
    folder: string,
    managerId: string,
  ): Promise<ExportRow[]> {
    return this.#db
      .insertInto('exports')
      .values(
        ranges.map(({ startUs, endUs }) => ({
          stream,
          start_ts: startUs,
          end_ts: endUs,
          state: 'waiting' as const,
          folder,
          gaps: '[]',
          manager_id: managerId,
        })),
      )
      .returningAll()
      .execute();
  }

  async find(id: string): Promise<ExportRow | undefined> {
    return this.#db.selectFrom('exports').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** The newest, and all that have not come to an end, newest first. */
  async list(): Promise<ExportRow[]> {
    const ordered = this.#db
      .selectFrom('exports')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('start_ts', 'desc');
    const [newest, unfinished] = await Promise.all([
      ordered.limit(MOST_LISTED).execute(),
      ordered.where('state', 'in', UNFINISHED).execute(),
    ]);
    const listed = new Set(newest.map(({ id }) => id));
    // Those that are not listed yet are older than all that are.
    return [...newest, ...unfinished.filter(({ id }) => !listed.has(id))];
  }

  /** Those of the ids that are there. */
  async those(ids: ReadonlySet<string>): Promise<ExportRow[]> {
    if (ids.size === 0) return [];
    return this.#db
      .selectFrom('exports')
      .selectAll()
      .where('id', 'in', [...ids])
      .execute();
  }

  /** Jobs of this manager that have not come to an end, oldest first; old ones without owner go by the folder. */
  async unfinished(managerId: string, folder: string): Promise<ExportRow[]> {
    return this.#db
      .selectFrom('exports')
      .selectAll()
      .where((eb) =>
        eb.or([
          eb('manager_id', '=', managerId),
          eb.and([eb('manager_id', 'is', null), eb('folder', '=', folder)]),
        ]),
      )
      .where('state', 'in', UNFINISHED)
      .orderBy('created_at')
      .orderBy('start_ts')
      .execute();
  }

  /** The changed row, or undefined when it is gone or, with `from`, in none of these states. */
  async update(
    id: string,
    change: ExportChange,
    from?: readonly ExportState[],
  ): Promise<ExportRow | undefined> {
    let query = this.#db
      .updateTable('exports')
      .set({
        ...(change.state !== undefined && { state: change.state }),
        ...(change.finishedAt !== undefined && { finished_at: change.finishedAt }),
        ...(change.sizeBytes !== undefined && { size_bytes: change.sizeBytes }),
        ...(change.fileName !== undefined && { file_name: change.fileName }),
        ...(change.folder !== undefined && { folder: change.folder }),
        ...(change.managerId !== undefined && { manager_id: change.managerId }),
        ...(change.durationUs !== undefined && { duration_us: change.durationUs }),
        ...(change.startsEarlyUs !== undefined && { starts_early_us: change.startsEarlyUs }),
        ...(change.gaps !== undefined && { gaps: JSON.stringify(change.gaps) }),
        ...(change.error !== undefined && { error: change.error }),
      })
      .where('id', '=', id);
    if (from) query = query.where('state', 'in', [...from]);
    return query.returningAll().executeTakeFirst();
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('exports').where('id', '=', id).execute();
  }
}
