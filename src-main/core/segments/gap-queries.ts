import { sql } from 'kysely';
import type { AlertKind } from '../../../src-shared/model/alert.ts';
import type { RecordingGap } from '../../../src-shared/model/recording-gap.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY, US_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { nearestCoverage } from './coverage-queries.ts';
import { dayOf, MERGE_TOLERANCE_US } from './coverage-spans.ts';
import { GAP_ALERTS, type GapNeighbour, type GapTrouble, gapReason } from './gap-reason.ts';
import { lostSpansOf } from './lost-spans.ts';

interface Gap {
  startUs: number;
  endUs: number | null;
}

/** What was recorded so lately may be on its way. */
const STILL_COMING_US = US_PER_MINUTE;
/** Trouble is noticed a little after it began. */
const NOTICED_LATE_US = 2 * US_PER_MINUTE;
const MAX_ALERTS = 1000;

/**
 * The gaps of a stream that touch the range, over all its nodes, with why they are there, and what is indexed but
 * lost: the `limit` longest that last at least `minUs`, oldest first; what may still be on its way is none. Where the
 * range begins or ends in one, it is given as long as it is.
 */
export async function gapsOf(
  database: Database,
  stream: string,
  range: TimeRange,
  { limit, minUs, nowUs }: { limit: number; minUs: number; nowUs: number },
): Promise<RecordingGap[]> {
  const [all, lost] = await Promise.all([
    findGaps(database, stream, range, { minUs, limit }),
    lostSpansOf(database, stream, range, minUs),
  ]);
  const found = all.filter(({ endUs, startUs }) => endUs !== null || nowUs - startUs > STILL_COMING_US);
  const gaps = longestOf(found, limit);
  if (gaps.length === 0) return longestOf(lost, limit);
  const [before, after] = await Promise.all([
    neighbours(database, stream, gaps, 'before'),
    neighbours(database, stream, gaps, 'after'),
  ]);
  const nodes = [...before.values()].map(({ node }) => node);
  const troubles = await readTroubles(database, stream, nodes, gaps, nowUs);
  const explained = gaps.map((gap, i) => {
    const own = troubles.filter(
      ({ endUs, startUs }) => startUs - NOTICED_LATE_US < (gap.endUs ?? Infinity) && endUs > gap.startUs,
    );
    const evidence = {
      before: before.get(i) ?? null,
      after: gap.endUs === null ? null : (after.get(i) ?? null),
      troubles: own,
    };
    return { ...gap, ...gapReason(evidence) };
  });
  return longestOf([...explained, ...lost], limit);
}

/** The `limit` longest, oldest first. */
function longestOf<T extends Gap>(gaps: readonly T[], limit: number): T[] {
  const longest = [...gaps].sort((a, b) => lengthUs(b) - lengthUs(a)).slice(0, limit);
  return longest.sort((a, b) => a.startUs - b.startUs);
}

const lengthUs = ({ endUs, startUs }: Gap) => (endUs ?? Infinity) - startUs;

/** Of those that lie within the range the `limit` longest, and those at both ends of it. */
async function findGaps(
  database: Database,
  stream: string,
  range: TimeRange,
  { limit, minUs }: { limit: number; minUs: number },
): Promise<Gap[]> {
  const leastUs = Math.max(minUs, MERGE_TOLERANCE_US);
  const { firstUs, gaps, lastUs } = await findHoles(database, stream, range, { leastUs, limit });
  const ends =
    firstUs === null || lastUs === null
      ? [range]
      : [
          { startUs: range.startUs, endUs: firstUs },
          { startUs: lastUs, endUs: range.endUs },
        ];
  const found: Gap[] = [...gaps];
  for (const end of ends.filter(({ endUs, startUs }) => endUs > startUs)) {
    const middle = await nearestCoverage(database, stream, Math.floor((end.startUs + end.endUs) / 2));
    // Before the first recording there is no gap.
    if (middle.beforeUs === null) continue;
    const gap = { startUs: middle.beforeUs, endUs: middle.afterUs };
    if (lengthUs(gap) >= leastUs) found.push(gap);
  }
  return found;
}

/**
 * The `limit` longest holes of at least `leastUs` between what is recorded in the range, over all nodes, and where
 * that begins and ends; both null where nothing is.
 */
async function findHoles(
  { db }: Database,
  stream: string,
  { endUs, startUs }: TimeRange,
  { leastUs, limit }: { leastUs: number; limit: number },
): Promise<{ firstUs: number | null; lastUs: number | null; gaps: TimeRange[] }> {
  const { rows } = await sql<{
    first_us: number | null;
    last_us: number | null;
    start_us: number | null;
    end_us: number | null;
  }>`
    with spans as (
      select start_ts, end_ts, max(end_ts) over (order by start_ts, end_ts
        rows between unbounded preceding and 1 preceding) as reached
      from coverage
      where stream = ${stream} and track in ('video', 'audio')
        and start_ts >= ${dayOf(startUs) * US_PER_DAY} and start_ts < ${endUs} and end_ts > ${startUs}
    )
    select bounds.*, hole.*
    from (select min(start_ts) as first_us, max(end_ts) as last_us from spans) as bounds
    left join (
      select reached as start_us, start_ts as end_us from spans
      where start_ts - reached >= ${leastUs}::bigint
      order by start_ts - reached desc, start_ts limit ${limit}
    ) as hole on true
  `.execute(db);
  return {
    firstUs: rows[0]?.first_us ?? null,
    lastUs: rows[0]?.last_us ?? null,
    gaps: rows.flatMap(({ end_us, start_us }) =>
      start_us === null || end_us === null ? [] : { startUs: start_us, endUs: end_us },
    ),
  };
}

/** The segments next to the gaps, by their number; pictures rather than sound. */
async function neighbours(
  { db }: Database,
  stream: string,
  gaps: readonly Gap[],
  side: 'before' | 'after',
): Promise<Map<number, GapNeighbour>> {
  const edges = gaps.map(({ endUs, startUs }) => (side === 'before' ? startUs : (endUs ?? startUs)));
  // Coverage ends where the last segment does, and begins where the next one does.
  const near =
    side === 'before'
      ? sql`s.start_ts > g.edge_us - ${US_PER_DAY}::bigint and s.start_ts < g.edge_us`
      : sql`s.start_ts >= g.edge_us and s.start_ts < g.edge_us + ${US_PER_DAY}::bigint`;
  const order = side === 'before' ? sql`s.start_ts desc` : sql`s.start_ts`;
  const { rows } = await sql<{
    n: number;
    recording_id: string;
    node_alias: string;
    seq: number;
    status: GapNeighbour['status'];
    is_video: boolean;
  }>`
    select g.n::int as n, s.recording_id, s.node_alias, s.seq, r.status, s.is_video
    from unnest(${edges}::bigint[]) with ordinality as g (edge_us, n)
    cross join lateral (
      select s.recording_id, s.node_alias, s.seq, s.track = 'video' as is_video from segments s
      where s.stream = ${stream} and ${near} order by ${order} limit 2
    ) as s
    join recordings r on r.id = s.recording_id
  `.execute(db);
  const found = new Map<number, GapNeighbour>();
  for (const row of rows) {
    const index = row.n - 1;
    if (found.has(index) && !row.is_video) continue;
    const { node_alias: node, recording_id: recordingId, seq, status } = row;
    found.set(index, { recordingId, node, seq, status });
  }
  return found;
}

async function readTroubles(
  { db }: Database,
  stream: string,
  nodes: readonly string[],
  gaps: readonly Gap[],
  nowUs: number,
): Promise<(GapTrouble & TimeRange)[]> {
  const fromUs = Math.min(...gaps.map(({ startUs }) => startUs));
  const toUs = Math.max(...gaps.map(({ endUs }) => endUs ?? nowUs));
  const { rows } = await sql<{
    kind: AlertKind;
    object_name: string;
    start_us: number;
    end_us: number | null;
  }>`
    select kind, object_name, (extract(epoch from opened_at) * 1000000)::bigint as start_us,
      (extract(epoch from closed_at) * 1000000)::bigint as end_us
    from alerts
    where kind = any(${[...GAP_ALERTS]}::text[])
      and tstzrange(opened_at, case when closed_at is not null then greatest(opened_at, closed_at) end, '[]')
        && tstzrange(to_timestamp(${fromUs / 1_000_000}::float8),
          to_timestamp(${(toUs + NOTICED_LATE_US) / 1_000_000}::float8))
      and (object_kind = 'storage' or (object_kind = 'stream' and object_name = ${stream})
        or (object_kind = 'node' and object_name = any(${[...nodes]}::text[])))
    order by opened_at desc limit ${MAX_ALERTS}
  `.execute(db);
  return rows.map((row) => ({
    kind: row.kind,
    objectName: row.object_name,
    startUs: row.start_us,
    endUs: row.end_us ?? Infinity,
  }));
}
