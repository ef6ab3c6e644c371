import { type RawBuilder, sql } from 'kysely';
import type { ProtectionKind } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY, US_PER_MINUTE, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';

/** A span of a stream that stays although its rule would remove it. */
export interface Protection {
  kind: ProtectionKind;
  startUs: number;
  endUs: number;
  /** Only segments of this recording; null for all. */
  recordingId: string | null;
  text: string;
}

/** So that the key frame before the marked instant is there, and the segment that was cut late. */
const MARGIN_US = 10 * US_PER_SECOND;
/** A recording that got a segment within this time may still run, whatever is known of it. */
const MAYBE_RUNNING_US = US_PER_DAY;
/** Of a recording that may run so much stays, so that it goes on with its row and its init file. */
const RUNNING_TAIL_US = 10 * US_PER_MINUTE;
const LATEST_US = Number.MAX_SAFE_INTEGER;

interface ProtectionRow {
  kind: ProtectionKind;
  start_ts: number;
  end_ts: number;
  recording_id: string | null;
  name: string;
}

/** What is protected of a stream before `untilUs`; in the order in which reasons are given. */
export async function readProtections(
  { db }: Database,
  stream: string,
  untilUs: number,
  nowUs: number,
): Promise<Protection[]> {
  const { rows } = await sql<ProtectionRow>`
    select 'bookmark' as kind, start_ts - ${MARGIN_US}::bigint as start_ts, end_ts + ${MARGIN_US}::bigint as end_ts,
      null::uuid as recording_id, label as name
    from bookmarks where is_protected and stream in (${stream}, '') and start_ts < ${untilUs + MARGIN_US}
    union all
    select 'export', start_ts - ${MARGIN_US}::bigint, end_ts + ${MARGIN_US}::bigint, null, coalesce(file_name, '')
    from exports e
    where stream = ${stream} and state in ('waiting', 'running', 'checking') and start_ts < ${untilUs + MARGIN_US}
      -- One whose manager was not seen for months, and is off the list, will not be gone on with.
      and (manager_id is null or exists (select from managers m where m.id = e.manager_id))
    union all
    select case when n.state = 'open' then 'sync' when n.source = 'node' then 'node' else 'recording' end,
      case when n.state = 'open' or n.source = 'node' then r.start_ts
        else greatest(r.start_ts, r.end_ts - ${RUNNING_TAIL_US}::bigint) end,
      ${LATEST_US}::bigint, r.id, r.node_alias
    from recordings r
    left join lateral (
      select n.state, n.source, n.node_status from node_recordings n
      where n.node_alias = r.node_alias and n.stream = r.stream and n.dir = r.dir
      order by n.state = 'open' desc, n.source = 'node' desc limit 1
    ) as n on true
    where r.stream = ${stream} and r.start_ts < ${untilUs} and (
      n.state = 'open' or n.source = 'node' or n.node_status = 'active' or r.status = 'active'
      or r.end_ts > ${nowUs - MAYBE_RUNNING_US}
      or exists (select from recorders k
        where k.node_alias = r.node_alias and k.stream = r.stream and k.record_dir = r.dir))
    order by kind, start_ts
  `.execute(db);
  return rows.map((row) => ({
    kind: row.kind,
    startUs: row.start_ts,
    endUs: row.end_ts,
    recordingId: row.recording_id,
    text: textOf(row),
  }));
}

function textOf({ kind, name }: ProtectionRow): string {
  switch (kind) {
    case 'bookmark':
      return name === '' ? 'A bookmark protects it.' : `The bookmark “${name}” protects it.`;
    case 'export':
      return 'An export of it is not finished.';
    case 'recording':
      return `${name} may still be recording it.`;
    case 'sync':
      return `Not all of the recording is fetched from ${name} yet.`;
    case 'node':
      return `It lies on ${name} alone, where nothing can be removed from here.`;
  }
}

/**
 * Whether what of a day goes is told only by its segments: the cutoff or a protection falls on it or beside it.
 * Segments that start on the day before may end on it, and its own on the next.
 */
export function isCountedDay(day: number, cutoffUs: number, protections: readonly Protection[]): boolean {
  const startUs = day * US_PER_DAY;
  return (
    day >= Math.floor(cutoffUs / US_PER_DAY) - 1 ||
    protections.some((p) => p.startUs < startUs + 2 * US_PER_DAY && p.endUs > startUs - US_PER_DAY)
  );
}

/** The protections as a table `p (n, start_ts, end_ts, recording_id)`, `n` counting from 1. */
export function protectionTable(protections: readonly Protection[]): RawBuilder<unknown> {
  return sql`unnest(
    ${protections.map((p) => p.startUs)}::bigint[], ${protections.map((p) => p.endUs)}::bigint[],
    ${protections.map((p) => p.recordingId)}::uuid[]
  ) with ordinality as p (start_ts, end_ts, recording_id, n)`;
}

/** Whether a row `s` of `segments` is protected by a row `p` of `protectionTable`. */
export const IS_PROTECTED = sql`
  s.end_ts > p.start_ts and s.start_ts < p.end_ts and (p.recording_id is null or p.recording_id = s.recording_id)
`;
