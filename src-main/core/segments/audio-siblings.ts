import { sql } from 'kysely';
import { ticksToUs } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { MediaFormatError } from '../media/media-error.ts';
import { audioSiblingPath, initPathOf, parseRecordingPath } from '../recordings/recording-path.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { rowsBySeq, saveInit, type TrackContext } from './analysis-store.ts';
import { readInit, readSegment } from './read-media.ts';
import { segmentIdOf } from './segment-id.ts';
import { createSessions, draftTrack } from './session-store.ts';
import { inTransaction, lockStreams } from './stream-lock.ts';
import { type NewSegment, writeSegments } from './write-segments.ts';

interface Sibling {
  seq: number;
  path: string;
  startTicks: number;
  endTicks: number;
}

/** Whether a track's segments have sound beside them that nobody reports: pictures of PUSH and PULL nodes. */
export function hasAudioSiblings(track: TrackContext): boolean {
  const isReported = track.clockSource === 'reported' || track.clockSource === 'arrival';
  if (track.track !== 'video' || !isReported) return false;
  const init = parseRecordingPath(track.initPath);
  return init !== null && init.generation === 'dated';
}

/**
 * Makes rows of the sound files beside picture segments, where they are in storage and have none yet.
 *
 * A PUSH or PULL node cuts both at the same instant, so sound ends when the pictures do; from the first such pair
 * comes the zero of the sound track, the rest follows from it. Returns the new rows.
 */
export async function addAudioSiblings(
  database: Database,
  store: ObjectStore,
  track: TrackContext,
  seqs: readonly number[],
  signal: AbortSignal,
): Promise<NewSegment[]> {
  const missing = await seqsWithoutSound(database, track, seqs);
  if (missing.length === 0) return [];
  const initPath = initPathOf({ dir: track.dir, track: 'audio', generation: 'dated' });
  const init = await readInit(store, initPath, { signal, node: track.nodeAlias });
  if (init.state !== 'ok') return [];
  const { timescale } = init.init;
  const siblings: Sibling[] = [];
  for (const seq of missing) {
    const path = audioSiblingPath({ dir: track.dir, seq, generation: 'dated' });
    const read = await readSegment(store, path, false, { signal, node: track.nodeAlias }).catch(
      (error: unknown) => {
        if (error instanceof MediaFormatError) return null;
        throw error;
      },
    );
    if (read === null) continue;
    const { baseDecodeTicks, samples } = read.header;
    const endTicks = samples.storedDurations.reduce(
      (sum, durationTicks) => sum + durationTicks,
      baseDecodeTicks,
    );
    if (endTicks > baseDecodeTicks) siblings.push({ seq, path, startTicks: baseDecodeTicks, endTicks });
  }
  if (siblings.length === 0) return [];

  return inTransaction(database.db, async (trx) => {
    await lockStreams(trx, [track]);
    const pictures = new Map((await rowsBySeq(trx, track, missing)).map((row) => [row.seq, row]));
    const stored = await trx
      .selectFrom('tracks')
      .select(['id', 'zero_ts'])
      .where('recording_id', '=', track.recordingId)
      .where('track', '=', 'audio')
      .executeTakeFirst();
    let zeroUs = stored?.zero_ts ?? null;
    for (const { seq, endTicks } of siblings) {
      const picture = pictures.get(seq);
      if (picture) zeroUs ??= picture.endUs - ticksToUs(endTicks, timescale);
    }
    if (zeroUs === null || track.clockSource === null) return [];
    const audio = draftTrack('audio', zeroUs, track.clockSource);
    const trackId = stored?.id ?? audio.id;
    if (!stored) {
      const { recordingId, clockSource } = track;
      await createSessions(trx, [], [{ ...audio, recordingId, initPath, clockSource }]);
      await saveInit(trx, trackId, { state: 'ok', init: init.init, problem: null });
    }
    const rows = siblings.map((sibling) => toRow(track, trackId, zeroUs, timescale, sibling));
    return writeSegments(trx, rows);
  });
}

function toRow(
  track: TrackContext,
  trackId: string,
  zeroUs: number,
  timescale: number,
  { seq, path, startTicks, endTicks }: Sibling,
): NewSegment {
  const mediaStartUs = ticksToUs(startTicks, timescale);
  const mediaEndUs = ticksToUs(endTicks, timescale);
  const { nodeAlias, stream, sessionNo, recordingId } = track;
  return {
    id: segmentIdOf({ nodeAlias, stream, path, sessionNo, reportedStartUs: mediaStartUs }),
    nodeAlias,
    stream,
    startUs: zeroUs + mediaStartUs,
    endUs: zeroUs + mediaEndUs,
    durationMs: Math.round((mediaEndUs - mediaStartUs) / 1000),
    path,
    isKeyframe: true,
    track: 'audio',
    recordingId,
    trackId,
    seq,
    mediaStartUs: track.clockSource === 'arrival' ? mediaStartUs : null,
    sizeBytes: null,
    clockSource: track.clockSource ?? 'arrival',
    state: 'pending',
    analysis: null,
    problem: null,
    writtenMs: null,
  };
}

/** Those of `seqs` that have no row of sound yet. */
async function seqsWithoutSound(
  database: Database,
  track: TrackContext,
  seqs: readonly number[],
): Promise<number[]> {
  const { rows } = await sql<{ seq: number }>`
    select s.seq from tracks t join segments s on s.track_id = t.id
    where t.recording_id = ${track.recordingId} and t.track = 'audio' and s.seq = any(${[...seqs]}::int[])
      and s.start_ts between ${track.startUs} and ${track.endUs}
  `.execute(database.db);
  const there = new Set(rows.map(({ seq }) => seq));
  return [...new Set(seqs)].filter((seq) => seq > 0 && !there.has(seq)).sort((a, b) => a - b);
}
