import { Kysely, PostgresDialect } from 'kysely';
import type { Database } from '../../src-main/core/db/database.ts';
import type { Tables } from '../../src-main/core/db/tables.ts';

/** What the statements of a piece of work read, by their plans as they ran. */

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** What a plan does with one table or index. */
export interface Scan {
  readonly type: string;
  readonly table: string;
  /** Rows looked at, thrown away ones included. */
  readonly rowCount: number;
}

export interface WatchedDatabase {
  /** The same one; what is asked of it is taken down. */
  readonly database: Database;
  /** The scans of every statement that `work` sends; `ran` without parts of plans that never ran. */
  scansOf(work: () => Promise<unknown>): Promise<{ ran: Scan[]; planned: Scan[] }>;
}

export function watchDatabase(plain: Database): WatchedDatabase {
  let statements: { sql: string; parameters: unknown[] }[] = [];
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: plain.pool }),
    log: ({ query }) => {
      statements.push({ sql: query.sql, parameters: [...query.parameters] });
    },
  });
  return {
    database: { ...plain, db },
    scansOf: async (work) => {
      statements = [];
      await work();
      const sent = statements;
      if (sent.length === 0) throw new Error('Nothing was asked.');
      const planned: (Scan & { loops: number })[] = [];
      for (const { parameters, sql } of sent) {
        const { rows } = await plain.pool.query(
          `explain (analyze, timing off, format json) ${sql}`,
          parameters,
        );
        addScans(planned, rows[0]['QUERY PLAN'][0].Plan);
      }
      return { ran: planned.filter(({ loops }) => loops > 0), planned };
    },
  };
}

function addScans(found: (Scan & { loops: number })[], node: PlanNode): void {
  if (node['Relation Name']) {
    const each =
      node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0);
    found.push({
      type: node['Node Type'],
      table: node['Relation Name'],
      rowCount: each * node['Actual Loops'],
      loops: node['Actual Loops'],
    });
  }
  for (const child of node.Plans ?? []) addScans(found, child);
}

/** How many rows of these tables were looked at. */
export function rowsRead(scans: readonly Scan[], table: RegExp): number {
  return scans.filter((scan) => table.test(scan.table)).reduce((total, scan) => total + scan.rowCount, 0);
}

/** Those of these tables that were gone through without an index. */
export function wholeReads(scans: readonly Scan[], table: RegExp): string[] {
  return scans.filter((scan) => scan.type === 'Seq Scan' && table.test(scan.table)).map((scan) => scan.table);
}
