import { sql } from 'kysely';
import type { RecordingGap } from '../../../src-shared/model/recording-gap.ts';
import { mergeRanges, subtractRanges, type TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY, US_PER_HOUR } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { MERGE_TOLERANCE_US } from './coverage-spans.ts';
import { IS_MAIN, startsLateEnough } from './range-conditions.ts';
import { INIT_OVERWRITTEN } from './rewritten-tracks.ts';
import { OVERWRITTEN } from './session-store.ts';

interface Span {
  start_ts: number;
  end_ts: number;
}

interface LostRow extends Span {
  path: string;
  state: 'missing' | 'bad';
  is_overwritten: boolean;
  /** Usable segments of any node at the same time. */
  held: Span[];
}

/** The index of a storage that was emptied holds millions; where a view has more, it shows the first ones. */
const MAX_ROWS = 5000;
/** A file that others hold all but this of is not missed. */
const LEAST_LOST_US = 50_000;

/**
 * Time of a stream that the index knows of and nobody can play, as its objects are missing or unreadable and no
 * other node holds it; at least `minUs` long, oldest first. Sound counts where a recording has nothing else.
 */
export async function lostSpansOf(
  database: Database,
  stream: string,
  range: TimeRange,
  minUs: number,
): Promise<RecordingGap[]> {
  const lost = await readLost(database, stream, range);
  const held = mergeRanges(lost.flatMap(({ held: others }) => others.map(toRange)));
  return mergeRanges(lost.map(toRange), MERGE_TOLERANCE_US)
    .flatMap((span) => subtractRanges(span, held))
    .filter(({ endUs, startUs }) => endUs - startUs >= Math.max(minUs, LEAST_LOST_US))
    .map((span) => ({ ...span, ...reasonOf(lost, span) }));
}

function reasonOf(lost: readonly LostRow[], span: TimeRange): Pick<RecordingGap, 'kind' | 'label' | 'text'> {
  const own = lost.filter((row) => row.start_ts < span.endUs && row.end_ts > span.startUs);
  const isMissing = own.some(({ state }) => state === 'missing');
  // An init file is that of many segments.
  const count = new Set(own.map(({ path }) => path)).size;
  const what = count === 1 ? '1 file' : `${count} files`;
  const named = own[0] ? ` (${count > 1 ? 'from ' : ''}${own[0].path})` : '';
  if (!isMissing && count > 0 && own.every((row) => row.is_overwritten)) {
    const verb = count === 1 ? 'was' : 'were';
    const text = `${what} of this time ${verb} overwritten by a later recording in the same folder${named}.`;
    return { kind: 'objects-lost', label: `${what} overwritten`, text };
  }
  return {
    kind: 'objects-lost',
    label: `${what} ${isMissing ? 'missing' : 'unreadable'}`,
    text: isMissing
      ? `${what} of this time ${count === 1 ? 'is' : 'are'} not in storage any more${named}.`
      : `${what} of this time cannot be read${named}.`,
  };
}

const toRange = ({ end_ts: endUs, start_ts: startUs }: Span): TimeRange => ({ startUs, endUs });

async function readLost({ db }: Database, stream: string, range: TimeRange): Promise<LostRow[]> {
  const { endUs, startUs } = range;
  // Sound beside pictures that are there is silence, no gap.
  const reading = sql<Omit<LostRow, 'held'>>`
    select start_ts, end_ts, path, state,
      coalesce(problem = any(${[OVERWRITTEN, INIT_OVERWRITTEN]}), false) as is_overwritten
    from segments s
    where stream = ${stream} and ${startsLateEnough(stream, startUs)} and start_ts < ${endUs}
      and end_ts > ${startUs} and state in ('missing', 'bad') and ${IS_MAIN}
    order by start_ts limit ${MAX_ROWS}
  `.execute(db);
  const [{ rows }, inits] = await Promise.all([reading, readWithoutInit(db, stream, range)]);
  const lost = [...rows, ...inits];
  if (lost.length === 0) return [];
  const held = await readHeld(db, stream, lost);
  return lost.map((row, i) => ({ ...row, held: held.get(i) ?? [] }));
}

/** Segments that are there and that nothing decodes, as their init file is missing or damaged: that is what is lost. */
async function readWithoutInit(
  db: Database['db'],
  stream: string,
  { endUs, startUs }: TimeRange,
): Promise<Omit<LostRow, 'held'>[]> {
  const { rows: tracks } = await sql<{ id: string; init_path: string; init_state: LostRow['state'] } & Span>`
    select t.id, t.init_path, t.init_state, r.start_ts, r.end_ts
    from recordings r join tracks t on t.recording_id = r.id and t.init_state in ('missing', 'bad')
    where r.stream = ${stream} and r.start_ts < ${endUs} and r.end_ts > ${startUs}
      and r.start_ts >= ${startUs}::bigint - (select hours from longest_recording) * ${US_PER_HOUR}::bigint
    order by r.start_ts limit ${MAX_ROWS}
  `.execute(db);
  if (tracks.length === 0) return [];
  const { rows } = await sql<Omit<LostRow, 'held'>>`
    select s.start_ts, s.end_ts, x.path, x.state, false as is_overwritten
    from unnest(${tracks.map(({ id }) => id)}::uuid[], ${tracks.map((track) => track.init_path)}::text[],
      ${tracks.map((track) => track.init_state)}::text[]) as x (id, path, state)
    join segments s on s.track_id = x.id and s.stream = ${stream}
    where ${startsLateEnough(stream, startUs)} and s.start_ts < ${endUs} and s.end_ts > ${startUs}
      and s.state in ('ok', 'pending') and ${IS_MAIN}
    order by s.start_ts limit ${MAX_ROWS}
  `.execute(db);
  return rows;
}

/** Usable segments at the time of each span, by its index. Between bounds that are known when the query is planned. */
async function readHeld(
  db: Database['db'],
  stream: string,
  spans: readonly Span[],
): Promise<Map<number, Span[]>> {
  const fromUs = Math.min(...spans.map((span) => span.start_ts));
  const toUs = spans.reduce((latest, span) => Math.max(latest, span.end_ts), fromUs);
  const { rows } = await sql<Span & { n: number }>`
    select l.n::int as n, s.start_ts, s.end_ts
    from unnest(${spans.map((span) => span.start_ts)}::bigint[], ${spans.map((span) => span.end_ts)}::bigint[])
      with ordinality as l (start_ts, end_ts, n)
    join segments s on s.stream = ${stream} and s.state in ('ok', 'pending') and ${IS_MAIN}
      and s.start_ts < l.end_ts and s.end_ts > l.start_ts and s.start_ts >= l.start_ts - coalesce(
        (select max(longest_us) from recorded_streams where stream = ${stream}), 0)
      and s.start_ts >= ${fromUs - US_PER_DAY}::bigint and s.start_ts < ${toUs}::bigint
      and (select t.init_state from tracks t where t.id = s.track_id) not in ('missing', 'bad')
  `.execute(db);
  const held = new Map<number, Span[]>();
  for (const { n, ...span } of rows) {
    const own = held.get(n - 1);
    if (own) own.push(span);
    else held.set(n - 1, [span]);
  }
  return held;
}
