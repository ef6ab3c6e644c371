import { sql } from 'kysely';
import type { KeptAmount, RetentionAmounts } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { IS_PROTECTED, type Protection, protectionTable, readProtections } from './protections.ts';

export interface DayAmounts extends RetentionAmounts {
  day: number;
}

export interface Removable extends RetentionAmounts {
  days: DayAmounts[];
  kept: KeptAmount[];
}

interface CountRow {
  day: number;
  /** Of the protection, from 1; null where nothing protects. */
  n: number | null;
  segments: number;
  bytes: number;
  duration_us: number;
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
  const cutoffDay = Math.floor(cutoffUs / US_PER_DAY);
  const rows: CountRow[] = [];
  for (const total of await storedDays(database, stream, cutoffDay)) {
    signal?.throwIfAborted();
    const startUs = total.day * US_PER_DAY;
    // The last segments of the day before may end on the day of the cutoff.
    const isCut = total.day >= cutoffDay - 1;
    // Segments that start on the day may end on the next.
    const touching = protections.filter((p) => p.startUs < startUs + 2 * US_PER_DAY && p.endUs > startUs);
    if (isCut || touching.length > 0) {
      rows.push(...(await countDay(database, stream, total.day, cutoffUs, protections)));
    } else {
      rows.push(total);
    }
  }
  return sumUp(rows, protections);
}

async function storedDays({ db }: Database, stream: string, lastDay: number): Promise<CountRow[]> {
  const { rows } = await sql<CountRow>`
    select day, null as n, sum(segment_count)::bigint as segments, sum(size_bytes)::bigint as bytes,
      sum(duration_us)::bigint as duration_us
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
    select ${day}::int as day, n, count(*) as segments, coalesce(sum(size_bytes), 0)::bigint as bytes,
      sum(end_ts - start_ts)::bigint as duration_us
    from (
      select s.size_bytes, s.start_ts, s.end_ts,
        (select min(p.n) from ${protectionTable(protections)} where ${IS_PROTECTED}) as n
      from segments s
      where s.stream = ${stream} and s.start_ts >= ${day * US_PER_DAY} and s.start_ts < ${(day + 1) * US_PER_DAY}
        and s.end_ts <= ${cutoffUs}
    ) as counted
    group by n order by n nulls first
  `.execute(db);
  return rows;
}

function sumUp(rows: readonly CountRow[], protections: readonly Protection[]): Removable {
  const all: Removable = { segments: 0, bytes: 0, durationUs: 0, days: [], kept: [] };
  const kept = new Map<string, KeptAmount>();
  for (const { bytes, day, duration_us: durationUs, n, segments } of rows) {
    const protection = n === null ? undefined : protections[n - 1];
    if (!protection) {
      all.days.push({ day, segments, bytes, durationUs });
      add(all, { segments, bytes, durationUs });
      continue;
    }
    const { kind, text } = protection;
    const sum = kept.get(text) ?? { kind, text, segments: 0, bytes: 0, durationUs: 0 };
    add(sum, { segments, bytes, durationUs });
    kept.set(text, sum);
  }
  all.kept = [...kept.values()];
  return all;
}

/** Adds `amounts` to `sum`. */
export function add(sum: RetentionAmounts, { bytes, durationUs, segments }: RetentionAmounts): void {
  sum.segments += segments;
  sum.bytes += bytes;
  sum.durationUs += durationUs;
}
