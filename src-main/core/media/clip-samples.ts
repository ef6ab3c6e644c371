import { settledFrameTimes } from './clip-frame-times.ts';
import { type ClipSegment, type Piece, piecesOf, type UsedSegment, wallUs } from './clip-pieces.ts';
import { type ClipTimeline, type KeptWindow, mediaUsIn } from './clip-timeline.ts';
import { SampleTableBuilder } from './sample-table.ts';
import { type KeptSamples, sampleTimes } from './sample-times.ts';

/** What both tracks of a clip have in common while their samples are picked. */
export interface SamplePicking {
  timescale: number;
  /** The asked in-point as wall clock; relative times count from here. */
  originUs: number;
  timeline: ClipTimeline;
}

/** Opus needs this long to settle after a start in the middle. */
const OPUS_PREROLL_US = 80_000;

/** Picks the pictures: from the last key frame at or before the in-point to the one that covers the out-point. */
export function pickVideo(picking: SamplePicking): { table: SampleTableBuilder; firstWallUs: number } {
  const { timeline } = picking;
  const table = new SampleTableBuilder();
  const first = keyFrameBefore(timeline.pieces[0]!, timeline.windows[0]!.startUs, picking);
  timeline.pieces.forEach((piece, p) => {
    const window = timeline.windows[p]!;
    const skipped = p === 0 ? piece.segments.indexOf(first.used) : 0;
    for (const used of piece.segments.slice(skipped)) {
      const fromUs = p === 0 && used === first.used ? first.wallUs : used.fromUs;
      pickPictures(table, used, fromUs, window, picking);
    }
  });
  table.finish(ticksOf(timeline.durationUs, picking.timescale), (times) =>
    settledFrameTimes(times, picking.timescale),
  );
  return { table, firstWallUs: first.wallUs };
}

/**
 * Picks the sound packets that belong to the kept wall time. Where sound is missing its last packet lasts longer,
 * so what follows stays in time with the picture.
 */
export function pickAudio(segments: readonly ClipSegment[], picking: SamplePicking): SampleTableBuilder {
  const { timescale, originUs, timeline } = picking;
  const used = piecesOf(segments, { kind: 'audio', timescale }, originUs).flatMap((piece) => piece.segments);
  const table = new SampleTableBuilder();
  let lastDurationTicks = 0;
  timeline.windows.forEach((window, w) => {
    const fromUs = w === 0 ? window.startUs - OPUS_PREROLL_US : window.startUs;
    for (const one of used) {
      if (one.endUs <= fromUs || one.fromUs >= window.endUs) continue;
      const kept = keptOf(one.segment);
      const zeroTicks = zeroTicksIn(window, one.segment, picking);
      let hasChunk = false;
      for (let k = 0; k < kept.count; k += 1) {
        const us = wallUs(one.segment, kept.timeTicks[k]!, timescale, originUs);
        if (us < fromUs || us < one.fromUs || us >= one.untilUs || us >= window.endUs) continue;
        const ticks = kept.timeTicks[k]! + zeroTicks;
        // Packets that overlap, where recordings meet or a gap was cut: the earlier one is heard.
        if (table.lastTicks !== null && ticks - table.lastTicks < lastDurationTicks / 2) continue;
        if (!hasChunk) table.beginChunk(mediaUsIn(window, us));
        hasChunk = true;
        table.add(ticks, one.segment, kept.offset[k]!, kept.sizeBytes[k]!, true);
        lastDurationTicks = kept.durationTicks[k]!;
      }
    }
  });
  if (table.lastTicks !== null) {
    const endTicks = ticksOf(timeline.durationUs, timescale);
    table.finish(Math.min(table.lastTicks + lastDurationTicks, Math.max(endTicks, 1)));
  }
  return table;
}

function pickPictures(
  table: SampleTableBuilder,
  used: UsedSegment,
  fromUs: number,
  window: KeptWindow,
  picking: SamplePicking,
): void {
  const { segment } = used;
  const { timescale, originUs } = picking;
  const kept = keptOf(segment);
  const zeroTicks = zeroTicksIn(window, segment, picking);
  let hasChunk = false;
  for (let k = 0; k < kept.count; k += 1) {
    const us = wallUs(segment, kept.timeTicks[k]!, timescale, originUs);
    if (us < fromUs) continue;
    if (us >= used.untilUs || us >= window.endUs) break;
    if (!hasChunk) table.beginChunk(mediaUsIn(window, us));
    hasChunk = true;
    table.add(
      kept.timeTicks[k]! + zeroTicks,
      segment,
      kept.offset[k]!,
      kept.sizeBytes[k]!,
      kept.isSync[k] === 1,
    );
  }
}

function keyFrameBefore(
  piece: Piece,
  inPointUs: number,
  { timescale, originUs }: SamplePicking,
): { used: UsedSegment; wallUs: number } {
  for (let s = piece.segments.length - 1; s > 0; s -= 1) {
    const used = piece.segments[s]!;
    const { firstSyncTicks } = used.segment.analysis;
    if (used.fromUs > inPointUs || firstSyncTicks === null) continue;
    const found = lastSyncUs(used, inPointUs, timescale, originUs);
    if (found !== null) return { used, wallUs: found };
  }
  const used = piece.segments[0]!;
  return { used, wallUs: lastSyncUs(used, inPointUs, timescale, originUs) ?? used.fromUs };
}

function lastSyncUs(
  used: UsedSegment,
  inPointUs: number,
  timescale: number,
  originUs: number,
): number | null {
  const kept = keptOf(used.segment);
  for (let k = kept.count - 1; k >= 0; k -= 1) {
    const us = wallUs(used.segment, kept.timeTicks[k]!, timescale, originUs);
    if (us < used.fromUs) return null;
    if (kept.isSync[k] === 1 && us <= inPointUs && us < used.untilUs) return us;
  }
  return null;
}

function keptOf(segment: ClipSegment): KeptSamples {
  return sampleTimes(segment.header, segment.analysis, segment.nextStartTicks);
}

function ticksOf(us: number, timescale: number): number {
  return Math.round((us * timescale) / 1e6);
}

/** What turns a segment's ticks into the clip's. Rounded once, so that a constant rate stays constant. */
function zeroTicksIn(window: KeptWindow, segment: ClipSegment, picking: SamplePicking): number {
  return ticksOf(mediaUsIn(window, segment.zeroUs - picking.originUs), picking.timescale);
}
