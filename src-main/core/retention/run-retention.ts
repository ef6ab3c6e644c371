import { sql } from 'kysely';
import type { RetentionRule, RetentionRun } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { nowUs } from '../base/clock.ts';
import { counted } from '../base/counted.ts';
import { errorCode, errorMessage } from '../base/errors.ts';
import { AwayStorages } from './away-storages.ts';
import { planRetention } from './plan-retention.ts';
import { removeExpired } from './remove-expired.ts';
import type { RetentionTools } from './retention-tools.ts';
import { beginRun, endRun, forgetOldProblems, readRun } from './run-table.ts';

const WEEK_US = 7 * US_PER_DAY;
/** Reports of the last weeks may still come; their partitions stay. */
const WEEKS_KEPT = 3;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Removes what the rules no longer keep; resolves with what was done, also where not all of it could be.
 *
 * Rejects with database_unavailable, and with the reason of an abort; the next run goes on where this one ended.
 */
export async function runRetention(
  tools: RetentionTools,
  readRules: () => Promise<RetentionRule[]>,
): Promise<RetentionRun> {
  const { clock, database, logger, signal } = tools;
  const runId = await beginRun(database);
  try {
    await tidyFolders(tools);
    const plan = await planRetention(database, await readRules(), nowUs(clock), signal);
    const away = new AwayStorages(logger);
    let failedObjects = 0;
    for (const stream of plan.streams) {
      failedObjects += (await removeExpired(tools, runId, stream, away)).failedObjects;
    }
    await dropEmptyPartitions(tools);
    if (away.problem === null) await forgetOldProblems(database, runId);
    const withstood = failedObjects > 0 ? `${counted(failedObjects, 'object')} could not be removed.` : null;
    const problem = [away.problem, withstood].filter((each) => each !== null).join(' ') || null;
    await endRun(database, runId, problem === null ? 'done' : 'failed', problem);
  } catch (error) {
    const state = signal.aborted ? 'stopped' : 'failed';
    // The database may be what failed; the run is then known by its silence.
    await endRun(database, runId, state, signal.aborted ? null : errorMessage(error)).catch(() => {});
    if (signal.aborted || errorCode(error) === 'database_unavailable') throw error;
    logger.warn({ reason: errorMessage(error) }, 'retention could not be finished');
  }
  const run = await readRun(database, runId);
  if (!run) throw new Error(`The run ${runId} is not in the table any more.`);
  return run;
}

/** Empty folders that an interrupted run left. */
async function tidyFolders({ database, signal, store }: RetentionTools): Promise<void> {
  const rows = await database.db.selectFrom('retention_folders').select('dir').limit(1000).execute();
  for (const { dir } of rows) {
    await store.removeEmptyFolder?.(dir, { signal });
    await database.db.deleteFrom('retention_folders').where('dir', '=', dir).execute();
  }
}

/** Drops the partitions of past weeks in which nothing is left. */
async function dropEmptyPartitions({ clock, database, logger, signal }: RetentionTools): Promise<void> {
  const { rows } = await sql<{ week: number }>`
    select substring(c.relname from '^segments_w(\\d+)$')::int as week
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'segments'::regclass and c.relname ~ '^segments_w\\d+$'
    order by 1
  `.execute(database.db);
  const lastWeek = Math.floor(nowUs(clock) / WEEK_US) - WEEKS_KEPT;
  for (const { week } of rows) {
    if (week > lastWeek) return;
    signal.throwIfAborted();
    try {
      await sql`select drop_empty_segment_partition(${week})`.execute(database.db);
    } catch (error) {
      if (errorCode(error) !== LOCK_NOT_AVAILABLE) throw error;
      logger.debug({ week }, 'the table of segments is in use; an empty partition stays for now');
    }
  }
}
