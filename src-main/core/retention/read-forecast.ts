import { sql } from 'kysely';
import type { RetentionRule, StorageForecast } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { fullInDays, type GrowingGroup, limitInDays, settledBytes } from './forecast-storage.ts';
import { createRuleFinder } from './rules.ts';

const BASIS_DAYS = 7;

interface StreamGrowth {
  stream: string;
  stored_bytes: number;
  recent_bytes: number;
}

/**
 * When room ends, from what was recorded on the last whole days (seven at most, counted from the first recording).
 *
 * `freeBytes` null where the storage knows no limit; `streams` null for all.
 */
export async function readForecast(
  { db }: Database,
  rules: readonly RetentionRule[],
  freeBytes: number | null,
  nowUs: number,
  streams: readonly string[] | null = null,
): Promise<StorageForecast> {
  const today = Math.floor(nowUs / US_PER_DAY);
  const { rows } = await sql<StreamGrowth>`
    select stream, sum(size_bytes)::bigint as stored_bytes,
      coalesce(sum(size_bytes) filter (where day >= ${today - BASIS_DAYS} and day < ${today}), 0)::bigint as recent_bytes
    from day_totals where ${streams}::text[] is null or stream = any(${streams}::text[])
    group by stream order by stream
  `.execute(db);
  const { rows: firsts } = await sql<{ day: number | null }>`
    select min(day) as day from day_totals where day >= ${today - BASIS_DAYS} and day <= ${today}
      and (${streams}::text[] is null or stream = any(${streams}::text[]))
  `.execute(db);
  const basisDays = Math.min(BASIS_DAYS, today - (firsts[0]?.day ?? today));
  const growthOf = (recentBytes: number) => (basisDays === 0 ? 0 : Math.round(recentBytes / basisDays));
  const findRule = createRuleFinder(rules);
  const groups = new Map<RetentionRule | undefined, GrowingGroup>(
    [...rules, undefined].map((rule) => [rule, { storedBytes: 0, growthBytes: 0, settlesAtBytes: null }]),
  );
  for (const row of rows) {
    const group = groups.get(findRule(row.stream));
    if (!group) continue;
    group.storedBytes += row.stored_bytes;
    group.growthBytes += growthOf(row.recent_bytes);
  }
  for (const [rule, group] of groups) if (rule) group.settlesAtBytes = settledBytes(group.growthBytes, rule);
  const all = [...groups.values()];
  const full = freeBytes === null || basisDays === 0 ? null : fullInDays(all, freeBytes);
  const growthBytesPerDay = basisDays === 0 ? null : all.reduce((sum, group) => sum + group.growthBytes, 0);
  return {
    growthBytesPerDay,
    basisDays,
    freeBytes,
    fullInDays: full,
    rules: rules.map((rule) => {
      const group = groups.get(rule) ?? { storedBytes: 0, growthBytes: 0, settlesAtBytes: null };
      return {
        ruleId: rule.id,
        storedBytes: group.storedBytes,
        growthBytesPerDay: basisDays === 0 ? null : group.growthBytes,
        reachesLimitInDays: limitInDays(group.storedBytes, group.growthBytes, rule.maxBytes),
        settlesAtBytes: basisDays === 0 ? null : group.settlesAtBytes,
      };
    }),
    text: textOf({ basisDays, growthBytesPerDay, freeBytes, full }),
  };
}

/** Beyond this a number of days says nothing. */
const LONG_DAYS = 3650;

function textOf(known: {
  basisDays: number;
  growthBytesPerDay: number | null;
  freeBytes: number | null;
  full: number | null;
}): string {
  const { basisDays, freeBytes, full, growthBytesPerDay } = known;
  if (growthBytesPerDay === null) return 'Not enough was recorded yet to tell when the storage is full.';
  if (growthBytesPerDay === 0) return `Nothing was recorded in the last ${daysText(basisDays)}.`;
  if (freeBytes === null) return 'The storage tells no limit, so it cannot be said when it is full.';
  if (full === null) return 'The rules keep the storage from getting full, as recording goes now.';
  if (full < 1) return 'The storage is full in less than a day, as recording goes now.';
  if (full > LONG_DAYS) return 'The storage is not full within ten years, as recording goes now.';
  return `The storage is full in ${daysText(Math.floor(full))}, as recording went in the last ${daysText(basisDays)}.`;
}

function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
