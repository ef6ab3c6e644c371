import { sql } from 'kysely';
import type { RetentionRule } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY, US_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { countRemovable } from './count-removable.ts';
import { createRuleFinder } from './rules.ts';
import type { RetentionPlan, RulePlan, StreamPlan } from './stream-plan.ts';

/** What was recorded this recently is never removed. */
const YOUNGEST_US = 10 * US_PER_MINUTE;
/** Looking for the cutoff of a rule of which much is protected. */
const MAX_TRIES = 8;

interface StoredStream {
  stream: string;
  firstDay: number;
  sizeBytes: number;
}

/** What the rules want to have removed now. Reads totals; segments only on the day that a size limit falls on. */
export async function planRetention(
  database: Database,
  rules: readonly RetentionRule[],
  nowUs: number,
  signal?: AbortSignal,
): Promise<RetentionPlan> {
  const findRule = createRuleFinder(rules);
  const groups = new Map<RetentionRule, StoredStream[]>(rules.map((rule) => [rule, []]));
  for (const stored of await storedStreams(database)) {
    const rule = findRule(stored.stream);
    if (rule) groups.get(rule)?.push(stored);
  }
  const plan: RetentionPlan = { rules: [], streams: [] };
  for (const [rule, stored] of groups) {
    signal?.throwIfAborted();
    const { cutoffs, ...rulePlan } = await planRule(database, rule, stored, nowUs, signal);
    plan.rules.push(rulePlan);
    plan.streams.push(...cutoffs);
  }
  plan.streams.sort((a, b) => (a.stream < b.stream ? -1 : 1));
  return plan;
}

async function planRule(
  database: Database,
  rule: RetentionRule,
  stored: readonly StoredStream[],
  nowUs: number,
  signal: AbortSignal | undefined,
): Promise<RulePlan & { cutoffs: StreamPlan[] }> {
  const latestUs = nowUs - YOUNGEST_US;
  const storedBytes = stored.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const streams = stored.map(({ stream }) => stream);
  const ageUs = rule.keepDays === null ? null : Math.min(latestUs, nowUs - rule.keepDays * US_PER_DAY);
  const overBytes = rule.maxBytes === null ? 0 : storedBytes - rule.maxBytes;
  const size =
    overBytes > 0
      ? await findSizeCutoff(database, streams, { overBytes, nowUs, latestUs, signal })
      : { cutoffUs: null, problem: null };
  const cutoffs: StreamPlan[] = [];
  const cutoffUs = Math.max(ageUs ?? -1, size.cutoffUs ?? -1);
  const limit = (size.cutoffUs ?? -1) > (ageUs ?? -1) ? 'size' : 'age';
  for (const { firstDay, stream } of stored) {
    if (firstDay * US_PER_DAY < cutoffUs) cutoffs.push({ stream, rule, limit, cutoffUs });
  }
  return { rule, streams, storedBytes, problem: size.problem, cutoffs };
}

/** The earliest minute by whose end enough was recorded that may go. */
async function findSizeCutoff(
  database: Database,
  streams: readonly string[],
  wanted: { overBytes: number; nowUs: number; latestUs: number; signal: AbortSignal | undefined },
): Promise<{ cutoffUs: number; problem: string | null }> {
  const { latestUs, nowUs, overBytes, signal } = wanted;
  let targetBytes = overBytes;
  for (let tries = 1; ; tries += 1) {
    const cutoffUs = Math.min(latestUs, await cutoffFor(database, streams, targetBytes));
    let [removableBytes, keptBytes] = [0, 0];
    for (const stream of streams) {
      const removable = await countRemovable(database, stream, cutoffUs, nowUs, signal);
      removableBytes += removable.bytes;
      keptBytes += removable.kept.reduce((sum, { bytes }) => sum + bytes, 0);
    }
    const isEnough = removableBytes >= overBytes || keptBytes === 0;
    if (isEnough && removableBytes > 0) return { cutoffUs, problem: null };
    if (cutoffUs >= latestUs || tries >= MAX_TRIES) {
      const problem =
        'The limit cannot be met: what may go is not enough. Protected recordings count, and the last minutes always stay.';
      return { cutoffUs, problem: removableBytes >= overBytes ? null : problem };
    }
    targetBytes += Math.max(overBytes - removableBytes, 1);
  }
}

/** The end of the minute by which the oldest `targetBytes` of the streams were recorded. */
async function cutoffFor({ db }: Database, streams: readonly string[], targetBytes: number): Promise<number> {
  const { rows: days } = await sql<{ day: number; before_bytes: number; sum_bytes: number }>`
    select day, (sum_bytes - size_bytes)::bigint as before_bytes, sum_bytes::bigint from (
      select day, sum(size_bytes) as size_bytes, sum(sum(size_bytes)) over (order by day) as sum_bytes
      from day_totals where stream = any(${[...streams]}::text[]) group by day
    ) as summed where sum_bytes >= ${targetBytes} order by day limit 1
  `.execute(db);
  const day = days[0];
  if (!day) return Number.MAX_SAFE_INTEGER;
  const { rows: minutes } = await sql<{ minute: number }>`
    select minute from (
      select end_ts / 60000000 as minute, sum(sum(size_bytes)) over (order by end_ts / 60000000) as sum_bytes
      from segments
      where stream = any(${[...streams]}::text[])
        and start_ts >= ${day.day * US_PER_DAY} and start_ts < ${(day.day + 1) * US_PER_DAY}
      group by 1
    ) as summed where sum_bytes >= ${targetBytes - day.before_bytes} order by minute limit 1
  `.execute(db);
  const minute = minutes[0]?.minute;
  return minute === undefined ? (day.day + 1) * US_PER_DAY : (minute + 1) * US_PER_MINUTE;
}

async function storedStreams({ db }: Database): Promise<StoredStream[]> {
  const { rows } = await sql<{ stream: string; first_day: number; size_bytes: number }>`
    select stream, min(day) as first_day, sum(size_bytes)::bigint as size_bytes
    from day_totals group by stream order by stream
  `.execute(db);
  return rows.map((row) => ({ stream: row.stream, firstDay: row.first_day, sizeBytes: row.size_bytes }));
}
