import type { Database } from '../db/database.ts';
import { MediaFormatError } from '../media/media-error.ts';
import type { AnalysisCarry, AnalysisCarryJson, SegmentAnalysis } from '../media/repair.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { rowsBySeq, type TrackContext } from './analysis-store.ts';
import type { ExaminedTrack } from './examine-segment.ts';
import { readSegment } from './read-media.ts';

/**
 * The state behind the last examined segment of a track; its samples, which are not stored, are read again when they
 * are needed. Null where nothing was examined.
 */
export async function rebuildCarry(
  database: Database,
  track: TrackContext,
  media: ExaminedTrack,
): Promise<AnalysisCarry | null> {
  if (track.carry === null) return null;
  const [row] = await rowsBySeq(database.db, track, [track.analysedSeq]);
  return carryWith(track.carry, row, media);
}

function carryWith(
  json: AnalysisCarryJson,
  row: { path: string; analysis: SegmentAnalysis | null } | undefined,
  { kind }: ExaminedTrack,
): AnalysisCarry {
  if (kind === 'audio' || !row?.analysis) return { json, tail: [] };
  return { json, tail: [], unread: [{ path: row.path, analysis: row.analysis }] };
}

/**
 * The state behind segment `seq`, for one after it that the chain has passed: its row was lost, or its file is another.
 *
 * Null where nothing before it was rewritten: then its stored decode time is exact. Else the times go on behind the
 * end of segment `seq`; null too where that is not known.
 */
export async function carryBehind(
  database: Database,
  store: ObjectStore,
  track: TrackContext,
  media: ExaminedTrack,
  seq: number,
  signal: AbortSignal,
): Promise<AnalysisCarry | null> {
  const rows = await rowsBySeq(database.db, track, [seq]);
  const row = rows.find(({ analysis }) => analysis !== null);
  const { analysis } = row ?? {};
  if (!row || !analysis || !(analysis.isRewritten || analysis.isSpoiledBefore)) return null;
  try {
    const read = await readSegment(store, row.path, false, { signal, node: track.nodeAlias });
    if (!read) return null;
    const { header } = read;
    const json: AnalysisCarryJson = {
      v: 1,
      sequence: header.sequence,
      clockTicks: analysis.lastTicks,
      lastKeptTicks: analysis.lastTicks,
      lastServedTicks: analysis.lastTicks,
      nextStoredTicks: header.samples.storedDurations.reduce(
        (sum, durationTicks) => sum + (durationTicks >>> 0),
        header.baseDecodeTicks,
      ),
      usualTicks: analysis.usualTicks,
      lagTicks: track.carry?.lagTicks ?? 0,
      isSpoiled: true,
    };
    return carryWith(json, row, media);
  } catch (error) {
    if (!(error instanceof MediaFormatError)) throw error;
    return null;
  }
}
