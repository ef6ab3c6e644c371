import { sql } from 'kysely';
import type { CountedAmount, KeptAmount } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import {
  IS_PROTECTED,
  isCountedDay,
  type Protection,
  protectionTable,
  readProtections,
} from './protections.ts';

export interface DayAmount extends CountedAmount {
  day: number;
}

export interface Removable extends CountedAmount {
  days: DayAmount[];
  kept: KeptAmount[];
  /** What was minded. */
  protections: readonly Protection[];
}

interface CountRow {
  day: number;
  /** Of the protection, from 1; null where nothing protects. */
  n: number | null;
  segments: number;
  bytes: number;
}

/**
 * What of a stream ends by `cutoffUs`, per day, and what of that stays.
 *
 * Whole days without protection are taken from the totals; only the others are counted segment by segment.
 */
export async function countRemovable(
  database: Database,
  stream: string,
  cutoffUs: number,
  nowUs: number,
  signal?: AbortSignal,
): Promise<Removable> {
  const protections = await readProtections(database, stream, cutoffUs, nowUs);
  const rows: CountRow[] = [];
  for (const total of await storedDays(database, stream, Math.floor(cutoffUs / US_PER_DAY))) {
    signal?.throwIfAborted();
    if (isCountedDay(total.day, cutoffUs, protections)) {
      rows.push(...(await countDay(database, stream, total.day, cutoffUs, protections)));
    } else {
      rows.push(total);
    }
  }
  return sumUp(rows, protections);
}

async function storedDays({ db }: Database, stream: string, lastDay: number): Promise<CountRow[]> {
  const { rows } = await sql<CountRow>`
    select day, null as n, sum(segment_count)::bigint as segments, sum(size_bytes)::bigint as bytes
    from day_totals where stream = ${stream} and day <= ${lastDay}
    group by day order by day
  `.execute(db);
  return rows;
}

async function countDay(
  { db }: Database,
  stream: string,
  day: number,
  cutoffUs: number,
  protections: readonly Protection[],
): Promise<CountRow[]> {
  const { rows } = await sql<CountRow>`
    select ${day}::int as day, n, count(*) as segments, coalesce(sum(size_bytes), 0)::bigint as bytes
    from (
      select s.size_bytes, (select min(p.n) from ${protectionTable(protections)} where ${IS_PROTECTED}) as n
      from segments s
      where s.stream = ${stream} and s.start_ts >= ${day * US_PER_DAY} and s.start_ts < ${(day + 1) * US_PER_DAY}
        and s.end_ts <= ${cutoffUs}
    ) as counted
    group by n order by n nulls first
  `.execute(db);
  return rows;
}

function sumUp(rows: readonly CountRow[], protections: readonly Protection[]): Removable {
  const all: Removable = { segments: 0, bytes: 0, days: [], kept: [], protections };
  const kept = new Map<string, KeptAmount>();
  for (const { bytes, day, n, segments } of rows) {
    const protection = n === null ? undefined : protections[n - 1];
    if (!protection) {
      all.days.push({ day, segments, bytes });
      add(all, { segments, bytes });
      continue;
    }
    const { kind, text } = protection;
    const sum = kept.get(text) ?? { kind, text, segments: 0, bytes: 0 };
    add(sum, { segments, bytes });
    kept.set(text, sum);
  }
  all.kept = [...kept.values()];
  return all;
}

/** Adds `amounts` to `sum`. */
export function add(sum: CountedAmount, { bytes, segments }: CountedAmount): void {
  sum.segments += segments;
  sum.bytes += bytes;
}
