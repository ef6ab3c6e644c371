import { sql } from 'kysely';
import type { RecordingGap } from '../../../src-shared/model/recording-gap.ts';
import { mergeRanges, subtractRanges, type TimeRange } from '../../../src-shared/model/time-range.ts';
import type { Database } from '../db/database.ts';
import { MERGE_TOLERANCE_US } from './coverage-spans.ts';
import { INIT_OVERWRITTEN } from './rewritten-tracks.ts';
import { startsLateEnough } from './segment-queries.ts';
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
  const what = own.length === 1 ? '1 file' : `${own.length} files`;
  const named = own[0] ? ` (${own.length > 1 ? 'from ' : ''}${own[0].path})` : '';
  if (!isMissing && own.length > 0 && own.every((row) => row.is_overwritten)) {
    const verb = own.length === 1 ? 'was' : 'were';
    const text = `${what} of this time ${verb} overwritten by a later recording in the same folder${named}.`;
    return { kind: 'objects-lost', label: `${what} overwritten`, text };
  }
  return {
    kind: 'objects-lost',
    label: `${what} ${isMissing ? 'missing' : 'unreadable'}`,
    text: isMissing
      ? `${what} of this time ${own.length === 1 ? 'is' : 'are'} not in storage any more${named}.`
      : `${what} of this time cannot be read${named}.`,
  };
}

const toRange = ({ end_ts: endUs, start_ts: startUs }: Span): TimeRange => ({ startUs, endUs });

async function readLost({ db }: Database, stream: string, { endUs, startUs }: TimeRange): Promise<LostRow[]> {
  // Sound beside pictures that are there is silence, no gap.
  const isMain = sql`(track = 'video' or recording_id in (
    select r.id from recordings r
    where r.stream = ${stream} and not exists (
      select from tracks t where t.recording_id = r.id and t.track = 'video')))`;
  const { rows } = await sql<LostRow>`
    select l.start_ts, l.end_ts, l.path, l.state, l.is_overwritten, coalesce(h.held, '[]') as held
    from (
      select start_ts, end_ts, path, state, coalesce(problem = any(${[OVERWRITTEN, INIT_OVERWRITTEN]}), false) as is_overwritten
      from segments
      where stream = ${stream} and ${startsLateEnough(stream, startUs)} and start_ts < ${endUs}
        and end_ts > ${startUs} and state in ('missing', 'bad') and ${isMain}
      order by start_ts limit ${MAX_ROWS}
    ) as l
    cross join lateral (
      select json_agg(json_build_object('start_ts', start_ts, 'end_ts', end_ts)) as held from segments
      where stream = ${stream} and state in ('ok', 'pending') and ${isMain}
        and start_ts < l.end_ts and end_ts > l.start_ts and start_ts >= l.start_ts - coalesce(
          (select max(longest_us) from recorded_streams where stream = ${stream}), 0)
    ) as h
    order by l.start_ts
  `.execute(db);
  return rows;
}
