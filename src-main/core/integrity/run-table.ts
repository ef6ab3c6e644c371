import { randomUUID } from 'node:crypto';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { IntegrityRun } from '../../../src-shared/model/integrity.ts';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import type { CheckPause, IntegrityRunsTable } from '../db/integrity-tables.ts';
import type { Tables } from '../db/tables.ts';
import type { CheckScope } from './problem.ts';

/** A run whose process is silent for so long was killed. */
const SILENT = sql`interval '1 minute'`;
const KEPT_RUNS = 100;

/** Begins a run. Throws conflict while another is running, here or in another process. */
export async function beginRun(
  { db }: Database,
  scope: CheckScope,
  isRepairing: boolean,
  isScheduled: boolean,
): Promise<StoredRun> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('integrity_runs'))`.execute(trx);
    await sql`
      update integrity_runs set state = 'failed', finished_at = beat_at,
        problem = 'Its process ended before the check did.'
      where state = 'running' and beat_at < now() - ${SILENT}
    `.execute(trx);
    const running = await trx
      .selectFrom('integrity_runs')
      .select('started_at')
      .where('state', '=', 'running')
      .executeTakeFirst();
    if (running) {
      throw new AppError(
        'conflict',
        `A check is running since ${running.started_at.toISOString()}. Wait for its end or cancel it.`,
      );
    }
    if (isScheduled) {
      const paused = await resumePaused(trx);
      if (paused) return paused;
    }
    // Its findings are seen anew, so what it began cannot be ended any more.
    await sql`
      update integrity_runs set state = 'cancelled', pause = null, finished_at = beat_at where state = 'paused'
    `.execute(trx);
    await sql`
      delete from integrity_runs where id in (
        select id from integrity_runs order by started_at desc offset ${KEPT_RUNS - 1})
    `.execute(trx);
    const { rows } = await sql<Selectable<IntegrityRunsTable>>`
      insert into integrity_runs
        (id, state, stream, start_ts, end_ts, is_repairing, is_scheduled, started_at, beat_at, segments_in_all)
      values (${randomUUID()}, 'running', ${scope.stream}, ${scope.startUs}, ${scope.endUs}, ${isRepairing},
        ${isScheduled}, clock_timestamp(), clock_timestamp(),
        ${
          scope.startUs !== null || scope.endUs !== null
            ? null
            : sql`(select coalesce(sum(segment_count), 0) from day_totals
                where ${scope.stream}::text is null or stream = ${scope.stream})`
        })
      returning *
    `.execute(trx);
    return { run: toRun(rows[0] as Selectable<IntegrityRunsTable>), pause: null };
  });
}

/** A run, and where it goes on if it was paused. */
export interface StoredRun {
  readonly run: IntegrityRun;
  readonly pause: CheckPause | null;
}

async function resumePaused(trx: Transaction<Tables>): Promise<StoredRun | null> {
  const { rows } = await sql<Selectable<IntegrityRunsTable>>`
    update integrity_runs set state = 'running', beat_at = clock_timestamp(), is_cancel_wanted = false
    where id = (select id from integrity_runs where state = 'paused' order by started_at desc limit 1)
    returning *
  `.execute(trx);
  const [row] = rows;
  return row ? { run: toRun(row), pause: row.pause } : null;
}

/** What decides when the next check is due. */
export interface CheckHistory {
  /** When a check of everything was begun that was done, or else the database, milliseconds since the epoch. */
  readonly doneMs: number;
  /** When a scheduled one was at work last, whatever came of it. */
  readonly triedMs: number | null;
}

export async function readHistory({ db }: Database): Promise<CheckHistory> {
  const row = await db
    .selectFrom('integrity_runs')
    .select([
      sql<Date | null>`coalesce(
        max(started_at) filter (where state = 'done' and stream is null and start_ts is null and end_ts is null),
        (select min(applied_at) from schema_migrations))`.as('done'),
      sql<Date | null>`max(beat_at) filter (where is_scheduled)`.as('tried'),
    ])
    .executeTakeFirst();
  return { doneMs: row?.done?.getTime() ?? 0, triedMs: row?.tried?.getTime() ?? null };
}

/** Stores how far a run is; says whether somebody wants it to end. */
export async function saveRun(
  { db }: Database,
  run: IntegrityRun,
  pause: CheckPause | null = null,
): Promise<{ isCancelWanted: boolean }> {
  const row = await db
    .updateTable('integrity_runs')
    .set({
      state: run.state,
      phase: run.phase,
      segment_count: run.segmentCount,
      object_count: run.objectCount,
      place: run.place,
      found_count: run.foundCount,
      repaired_count: run.repairedCount,
      problem: run.problem,
      pause: pause && JSON.stringify(pause),
      beat_at: new Date(),
      finished_at: run.finishedAtMs === null ? null : new Date(run.finishedAtMs),
    })
    .where('id', '=', run.id)
    .returning('is_cancel_wanted')
    .executeTakeFirst();
  return { isCancelWanted: row?.is_cancel_wanted ?? true };
}

/** The newest run; null before the first. */
export async function readLastRun({ db }: Database): Promise<IntegrityRun | null> {
  const row = await db
    .selectFrom('integrity_runs')
    .selectAll()
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? toRun(row) : null;
}

/** Asks the run that is under way, in whatever process, to end; false where none is. */
export async function cancelRuns({ db }: Database): Promise<boolean> {
  const result = await db
    .updateTable('integrity_runs')
    .set({ is_cancel_wanted: true })
    .where('state', '=', 'running')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function toRun(row: Selectable<IntegrityRunsTable>): IntegrityRun {
  return {
    id: row.id,
    state: row.state,
    phase: row.phase,
    stream: row.stream,
    startUs: row.start_ts,
    endUs: row.end_ts,
    isRepairing: row.is_repairing,
    isScheduled: row.is_scheduled,
    startedAtMs: row.started_at.getTime(),
    finishedAtMs: row.finished_at?.getTime() ?? null,
    segmentCount: row.segment_count,
    segmentsInAll: row.segments_in_all,
    objectCount: row.object_count,
    place: row.place,
    foundCount: row.found_count,
    repairedCount: row.repaired_count,
    problem: row.problem,
  };
}
