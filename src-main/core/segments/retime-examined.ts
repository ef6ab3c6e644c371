import { sql } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import { ticksToUs } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import type { SegmentAnalysis } from '../media/repair.ts';
import { setRecordingBounds } from './change-segments.ts';
import { recountCoverage } from './coverage-store.ts';
import type { SegmentPartitions } from './segment-partitions.ts';
import { inTransaction, lockStreams } from './stream-lock.ts';

interface ExaminedRow {
  start_ts: number;
  end_ts: number;
  node_alias: string;
  track: Track;
  recording_id: string;
  analysis: SegmentAnalysis;
  zero_ts: number;
  timescale: number;
}

/**
 * Gives a segment the times that its file tells, with coverage and the bounds of its recording: it was examined again,
 * and its file was cut off before or could not be read. One whose node told its times keeps them.
 */
export async function retimeExamined(
  database: Database,
  partitions: SegmentPartitions,
  { id, startUs: atUs, stream }: { stream: string; id: string; startUs: number },
): Promise<void> {
  const { rows } = await sql<ExaminedRow>`
    select s.start_ts, s.end_ts, s.node_alias, s.track, s.recording_id, s.analysis, t.zero_ts, t.timescale
    from segments s join tracks t on t.id = s.track_id
    where s.stream = ${stream} and s.start_ts = ${atUs} and s.id = ${id} and s.analysis is not null
      and t.zero_ts is not null and t.timescale is not null
      and s.clock_source in ('file', 'index', 'manifest', 'path')
  `.execute(database.db);
  const [row] = rows;
  if (!row) return;
  const startUs = row.zero_ts + ticksToUs(row.analysis.startTicks, row.timescale);
  const endUs = row.zero_ts + ticksToUs(row.analysis.endTicks, row.timescale);
  if (startUs === row.start_ts && endUs === row.end_ts) return;
  await partitions.ensure([startUs]);
  const lane = { stream, nodeAlias: row.node_alias, track: row.track };
  await inTransaction(database.db, async (trx) => {
    await lockStreams(trx, [lane]);
    await sql`
      update segments set start_ts = ${startUs}, end_ts = ${endUs},
        duration_ms = round((${endUs}::bigint - ${startUs}::bigint) / 1000.0)
      where stream = ${stream} and start_ts = ${atUs} and id = ${id}
    `.execute(trx);
    await sql`
      update recordings set start_ts = least(start_ts, ${startUs}::bigint), end_ts = greatest(end_ts, ${endUs}::bigint)
      where id = ${row.recording_id}
    `.execute(trx);
    await setRecordingBounds(trx, row.recording_id);
    await sql`
      update recorded_streams set longest_us = greatest(longest_us, ${endUs}::bigint - ${startUs}::bigint)
      where stream = ${stream} and node_alias = ${row.node_alias} and track = ${row.track}
    `.execute(trx);
    await recountCoverage(trx, lane, Math.min(startUs, row.start_ts), Math.max(endUs, row.end_ts));
  });
}
