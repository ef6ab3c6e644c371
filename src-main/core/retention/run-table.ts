import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { RetentionProblem, RetentionRun } from '../../../src-shared/model/retention.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';

const RUNS_SHOWN = 10;
const RUNS_KEPT = 200;
const PROBLEMS_SHOWN = 100;

/** Notes that a run begins; what another left unfinished and does nothing for any more counts as stopped. */
export async function beginRun({ db }: Database): Promise<string> {
  const id = randomUUID();
  await sql`
    update retention_runs set state = 'stopped', finished_at = beat_at
    where state = 'running' and beat_at < now() - interval '10 minutes'
  `.execute(db);
  await sql`
    delete from retention_runs where id in (
      select id from retention_runs order by started_at desc offset ${RUNS_KEPT})
  `.execute(db);
  await sql`
    insert into retention_runs (id, started_at, beat_at, state) values (${id}, now(), now(), 'running')
  `.execute(db);
  return id;
}

/** Counts what a run removed; in the transaction that removes it. */
export async function countRemoved(
  trx: Kysely<Tables>,
  runId: string,
  segmentCount: number,
  sizeBytes: number,
): Promise<void> {
  await sql`
    update retention_runs set beat_at = now(), segment_count = segment_count + ${segmentCount},
      size_bytes = size_bytes + ${sizeBytes}
    where id = ${runId}
  `.execute(trx);
}

export async function endRun(
  { db }: Database,
  runId: string,
  state: 'done' | 'stopped' | 'failed',
  problem: string | null,
): Promise<void> {
  await sql`
    update retention_runs set state = ${state}, problem = ${problem}, beat_at = now(), finished_at = now()
    where id = ${runId}
  `.execute(db);
}

/** Notes objects of a folder that withstood. */
export async function noteProblem(
  { db }: Database,
  runId: string,
  place: { stream: string; dir: string },
  problem: string,
  objectCount: number,
): Promise<void> {
  await sql`
    with counted as (
      update retention_runs set beat_at = now(), failed_count = failed_count + ${objectCount} where id = ${runId}
      returning started_at
    )
    insert into retention_problems as p (stream, dir, problem, object_count)
    values (${place.stream}, ${place.dir}, ${problem}, ${objectCount})
    on conflict (stream, dir) do update set problem = excluded.problem, last_at = now(),
      object_count = excluded.object_count
        + case when p.last_at >= (select started_at from counted) then p.object_count else 0 end
  `.execute(db);
}

/** Forgets problems that a complete run did not meet again. */
export async function forgetOldProblems({ db }: Database, runId: string): Promise<void> {
  await sql`
    delete from retention_problems
    where last_at < (select started_at from retention_runs where id = ${runId})
  `.execute(db);
}

export async function readRun({ db }: Database, runId: string): Promise<RetentionRun | null> {
  const row = await db.selectFrom('retention_runs').selectAll().where('id', '=', runId).executeTakeFirst();
  return row ? toRun(row) : null;
}

/** The latest runs, newest first. */
export async function readRuns({ db }: Database): Promise<RetentionRun[]> {
  const rows = await db
    .selectFrom('retention_runs')
    .selectAll()
    .orderBy('started_at', 'desc')
    .limit(RUNS_SHOWN)
    .execute();
  return rows.map(toRun);
}

/** The latest problems, newest first. */
export async function readProblems({ db }: Database): Promise<RetentionProblem[]> {
  const rows = await db
    .selectFrom('retention_problems')
    .selectAll()
    .orderBy('last_at', 'desc')
    .orderBy('dir')
    .limit(PROBLEMS_SHOWN)
    .execute();
  return rows.map((row) => ({
    stream: row.stream,
    dir: row.dir,
    problem: row.problem,
    objectCount: row.object_count,
    firstAtMs: row.first_at.getTime(),
    lastAtMs: row.last_at.getTime(),
  }));
}

interface RunRow {
  id: string;
  started_at: Date;
  finished_at: Date | null;
  state: RetentionRun['state'];
  segment_count: number;
  size_bytes: number;
  failed_count: number;
  problem: string | null;
}

function toRun(row: RunRow): RetentionRun {
  return {
    id: row.id,
    startedAtMs: row.started_at.getTime(),
    finishedAtMs: row.finished_at?.getTime() ?? null,
    state: row.state,
    segments: row.segment_count,
    bytes: row.size_bytes,
    failedObjects: row.failed_count,
    problem: row.problem,
  };
}
