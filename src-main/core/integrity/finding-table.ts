import { type Selectable, sql } from 'kysely';
import type { FindingKind, IntegrityFinding } from '../../../src-shared/model/integrity.ts';
import type { Database } from '../db/database.ts';
import type { IntegrityFindingsTable } from '../db/integrity-tables.ts';
import type { Unchecked } from './check-tools.ts';
import type { CheckScope, Problem } from './problem.ts';

export type FindingRow = Selectable<IntegrityFindingsTable>;

/** Stores problems, one row for each place; returns the rows in the same order. */
export async function saveProblems(
  { db }: Database,
  runId: string,
  problems: readonly Problem[],
  now: Date,
): Promise<FindingRow[]> {
  if (problems.length === 0) return [];
  const rows = await db
    .insertInto('integrity_findings')
    .values(
      problems.map((problem) => ({
        kind: problem.kind,
        stream: problem.stream,
        node_alias: problem.nodeAlias,
        place: problem.place,
        start_ts: problem.startUs,
        end_ts: problem.endUs,
        reason: problem.reason,
        repair: problem.repair,
        details: JSON.stringify(problem.details),
        run_id: runId,
        found_at: now,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['kind', 'stream', 'node_alias', 'place']).doUpdateSet({
        start_ts: sql`excluded.start_ts`,
        end_ts: sql`excluded.end_ts`,
        reason: sql`excluded.reason`,
        repair: sql`excluded.repair`,
        details: sql`excluded.details`,
        run_id: sql`excluded.run_id`,
        found_at: sql`case when integrity_findings.resolved_at is null then integrity_findings.found_at
          else excluded.found_at end`,
        resolved_at: null,
        resolution: null,
      }),
    )
    .returningAll()
    .execute();
  const byKey = new Map(rows.map((row) => [keyOf(row.kind, row.stream, row.node_alias, row.place), row]));
  return problems.flatMap(({ kind, nodeAlias, place, stream }) => {
    return byKey.get(keyOf(kind, stream, nodeAlias, place)) ?? [];
  });
}

function keyOf(...parts: string[]): string {
  return parts.join('\n');
}

/**
 * Closes what a complete run of the scope did not see again, except of what it could not look at, or did not look
 * into: what only a deep run sees stays while its row does.
 */
export async function closeGone(
  { db }: Database,
  runId: string,
  scope: CheckScope,
  { isDeep, unchecked }: { unchecked: Unchecked; isDeep: boolean },
): Promise<void> {
  await sql`
    update integrity_findings set resolved_at = now(), resolution = 'gone'
    where resolved_at is null and run_id <> ${runId}
      and (${scope.stream}::text is null or stream = ${scope.stream})
      and (${scope.startUs}::bigint is null or end_ts > ${scope.startUs})
      and (${scope.endUs}::bigint is null or start_ts < ${scope.endUs})
      and not (node_alias = any(${[...unchecked.nodes]}::text[])
        and kind in ('missing-object', 'returned-object', 'wrong-size', 'bad-object', 'overlap', 'gap'))
      and not (kind = 'unindexed-objects' and details->>'storage' = any(${[...unchecked.storages]}::text[]))
      and (${isDeep} or details->>'isDeep' is null or not exists (select from segments s
        where s.stream = integrity_findings.stream and s.start_ts = integrity_findings.start_ts
          and s.id::text = details->>'segmentId' and s.state = 'ok'))
  `.execute(db);
}

export async function markResolved(
  { db }: Database,
  id: number,
  resolution: 'repaired' | 'gone',
): Promise<void> {
  await db
    .updateTable('integrity_findings')
    .set({ resolved_at: new Date(), resolution })
    .where('id', '=', id)
    .execute();
}

export interface FindingQuery {
  readonly isResolved: boolean;
  readonly kind?: FindingKind | undefined;
  readonly stream?: string | undefined;
  readonly afterId: number;
  readonly limit: number;
}

/** Findings with an id above `afterId`, in the order of ids. */
export async function readFindings({ db }: Database, query: FindingQuery): Promise<FindingRow[]> {
  const { kind, stream } = query;
  return db
    .selectFrom('integrity_findings')
    .selectAll()
    .where('resolved_at', query.isResolved ? 'is not' : 'is', null)
    .where('id', '>', query.afterId)
    .$if(kind !== undefined, (found) => found.where('kind', '=', kind as FindingKind))
    .$if(stream !== undefined, (found) => found.where('stream', '=', stream ?? ''))
    .orderBy('id')
    .limit(query.limit)
    .execute();
}

/** Those of the ids that are open. */
export async function openFindings({ db }: Database, ids: readonly number[]): Promise<FindingRow[]> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('integrity_findings')
    .selectAll()
    .where('id', 'in', ids)
    .where('resolved_at', 'is', null)
    .orderBy('id')
    .execute();
}

/** How many findings of each kind are open. */
export async function countOpen({ db }: Database): Promise<{ kind: FindingKind; count: number }[]> {
  return db
    .selectFrom('integrity_findings')
    .select(['kind', (expression) => expression.fn.countAll<number>().as('count')])
    .where('resolved_at', 'is', null)
    .groupBy('kind')
    .orderBy('kind')
    .execute();
}

export function toFinding(row: FindingRow): IntegrityFinding {
  return {
    id: row.id,
    kind: row.kind,
    stream: row.stream,
    nodeAlias: row.node_alias,
    place: row.place,
    startUs: row.start_ts,
    endUs: row.end_ts,
    reason: row.reason,
    repair: row.repair,
    foundAtMs: row.found_at.getTime(),
    resolvedAtMs: row.resolved_at?.getTime() ?? null,
    resolution: row.resolution,
  };
}
