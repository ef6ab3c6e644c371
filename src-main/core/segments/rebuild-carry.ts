import type { Database } from '../db/database.ts';
import { MediaFormatError } from '../media/media-error.ts';
import { type AnalysisCarry, carryFromPrevious } from '../media/repair.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { rowsBySeq, type TrackContext } from './analysis-store.ts';
import { type ExaminedTrack, readSegment } from './examine-segment.ts';

/**
 * The state behind the last examined segment of a track; its samples, which are not stored, are read again.
 *
 * Null where nothing was examined. When that file is gone or was written over, repeats of its samples cannot be
 * found; the times go on all the same.
 */
export async function rebuildCarry(
  database: Database,
  store: ObjectStore,
  track: TrackContext,
  media: ExaminedTrack,
  signal: AbortSignal,
): Promise<AnalysisCarry | null> {
  if (track.carry === null) return null;
  const [row] = await rowsBySeq(database.db, track, [track.analysedSeq]);
  if (media.kind === 'audio' || !row?.analysis) return { json: track.carry, tail: [] };
  try {
    const read = await readSegment(store, row.path, media.kind, { signal, node: track.nodeAlias });
    if (read?.hasSamples) {
      const previous = { header: read.header, analysis: row.analysis, sampleData: read.sampleData };
      return carryFromPrevious(track.carry, [previous], media);
    }
  } catch (error) {
    if (!(error instanceof MediaFormatError)) throw error;
  }
  return { json: track.carry, tail: [] };
}
