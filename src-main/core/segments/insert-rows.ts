import { type Kysely, sql, type Transaction } from 'kysely';
import { copyField, copyInto } from '../db/copy-in.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables.ts';
import { numberArray, textArray } from './array-literal.ts';
import type { NewSegment } from './write-segments.ts';

const COPY_SEGMENTS = `copy segments (id, node_alias, stream, start_ts, end_ts, duration_ms, path, is_keyframe, track,
  recording_id, track_id, seq, media_start_us, size_bytes, clock_source, state, analysis, problem, written_ms) from stdin`;
const NULL = '\\N';

/**
 * Inserts rows whose key is not there yet and returns them. The streams must be locked.
 *
 * By COPY, which takes half the time of INSERT and cannot pass over a key that is there; so those are looked for
 * before; `doubtful` are those where that is needed. Where one of the others is there the transaction fails (23505).
 */
export async function insertRows(
  trx: Transaction<Tables>,
  rows: readonly NewSegment[],
  doubtful: readonly NewSegment[],
): Promise<NewSegment[]> {
  const known = await findKeys(trx, doubtful);
  const taken = new Set<string>();
  const fresh = rows.filter((row) => {
    // A batch may name one segment twice; the second is no new row.
    if (taken.has(row.id) || (known.size > 0 && known.has(keyOf(row)))) return false;
    taken.add(row.id);
    return true;
  });
  if (fresh.length === 0) return [];
  const text = Buffer.from(fresh.map(toLine).join(''));
  await copyInto(trx as unknown as Kysely<never>, COPY_SEGMENTS, text);
  return fresh;
}

/** Which of the keys are there already. */
async function findKeys(trx: Transaction<Tables>, rows: readonly NewSegment[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const { rows: found } = await sql<{ id: string; start_ts: number }>`
    ${prepared('find_keys')}
    select s.id, s.start_ts
    from unnest(
      ${textArray(rows.map((row) => row.stream))}::text[], ${numberArray(rows.map((row) => row.startUs))}::bigint[],
      ${textArray(rows.map((row) => row.id))}::uuid[]
    ) as k (stream, start_ts, id)
    join segments s on s.stream = k.stream and s.start_ts = k.start_ts and s.id = k.id
  `.execute(trx);
  return new Set(found.map(({ id, start_ts: startUs }) => keyOf({ id, startUs })));
}

/** The stream is in the id. */
function keyOf({ id, startUs }: Pick<NewSegment, 'id' | 'startUs'>): string {
  return `${id}${startUs}`;
}

function toLine(row: NewSegment): string {
  const { analysis, problem } = row;
  const analysisField = analysis === null ? NULL : copyField(JSON.stringify(analysis));
  const problemField = problem === null ? NULL : copyField(problem);
  return `${row.id}\t${copyField(row.nodeAlias)}\t${copyField(row.stream)}\t${row.startUs}\t${row.endUs}\t${row.durationMs}\t${copyField(row.path)}\t${row.isKeyframe}\t${row.track}\t${row.recordingId}\t${row.trackId}\t${row.seq}\t${row.mediaStartUs ?? NULL}\t${row.sizeBytes ?? NULL}\t${row.clockSource}\t${row.state}\t${analysisField}\t${problemField}\t${row.writtenMs ?? NULL}\n`;
}
