import { sql } from 'kysely';
import { US_PER_HOUR, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { CheckTools } from './check-tools.ts';
import type { Problem } from './problem.ts';

/** Where one recording follows another, sound and pictures begin and end a little apart. */
const TOLERATED_US = 2 * US_PER_SECOND;
const MAX_NAMED = 3;

interface CheckedTimes {
  readonly id: string;
  readonly stream: string;
  readonly nodeAlias: string;
  readonly dir: string;
  readonly startUs: number;
  readonly endUs: number;
}

/**
 * Times that a recording covers although one that began before it, of the same stream on the same node, covers them
 * too. A node records a stream once at a time, so one of them is a copy, or its times are not true.
 */
export async function findDoubles(
  { database }: Pick<CheckTools, 'database'>,
  { dir, endUs, id, nodeAlias, startUs, stream }: CheckedTimes,
): Promise<Problem[]> {
  const { rows } = await sql<{ dir: string; end_ts: number }>`
    select p.dir, p.end_ts from recordings p
    where p.stream = ${stream} and p.node_alias = ${nodeAlias} and p.id <> ${id} and p.begun_ts is null
      and (p.start_ts, p.id) < (${startUs}::bigint, ${id}::uuid)
      and p.start_ts >= ${startUs}::bigint - ${US_PER_HOUR}::bigint * (select hours from longest_recording)
      and p.end_ts > ${startUs + TOLERATED_US}::bigint
      and exists (
        select from tracks tp join tracks tr on tr.track = tp.track and tr.recording_id = ${id}
          join segments a on a.track_id = tp.id and a.stream = ${stream}
            and a.start_ts between p.start_ts and p.end_ts and a.end_ts > ${startUs}::bigint
          join segments b on b.track_id = tr.id and b.stream = ${stream}
            and b.start_ts between ${startUs}::bigint and ${endUs}::bigint
            and b.start_ts + ${TOLERATED_US}::bigint < a.end_ts and a.start_ts + ${TOLERATED_US}::bigint < b.end_ts
        where tp.recording_id = p.id and a.state <> 'bad' and b.state <> 'bad')
    order by p.start_ts desc limit ${MAX_NAMED}
  `.execute(database.db);
  return rows.map((row): Problem => {
    const untilUs = Math.min(row.end_ts, endUs);
    const seconds = Math.round((untilUs - startUs) / US_PER_SECOND);
    return {
      kind: 'overlap',
      stream,
      nodeAlias,
      place: dir,
      startUs,
      endUs: untilUs,
      reason: `${dir} and ${row.dir} cover up to ${seconds} s of one stream of ${nodeAlias} twice, and a node records a stream once at a time: one is a copy of the other, or the times of one are not true.`,
      repair: null,
      details: {},
    };
  });
}
