import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import {
  isUsable,
  lastEntry,
  type MediaEntry,
  type PlaySegment,
  type Run,
  SILENCE_TIMESCALE,
} from './media-model.ts';
import type { LiveEdge } from './stitch.ts';

/** Ticks of 20 ms at 48 kHz: one silent Opus packet. */
const SILENCE_STEP_TICKS = 960;
/** Holes up to this long are jitter of the recorder's clock; players get over them. */
const HOLE_TOLERANCE_TICKS = 4800;
/** Sound that comes later than this behind the pictures does not come any more. */
const SOUND_PATIENCE_US = 60 * US_PER_SECOND;

/**
 * The sound of a run of pictures: its recorded segments, and silence where there are none.
 *
 * The result covers the time of the pictures to a tenth of a second, whatever is recorded: sound that starts
 * later, ends earlier, has holes or lost objects, or is not there at all. Sound from before or behind the
 * pictures is cut off. Silence is divided where pictures are, so that a growing playlist never changes a line.
 * With `edge`, sound may still come: the end is neither filled nor cut.
 */
export function planAudio(run: Run, edge: LiveEdge | null): MediaEntry[] {
  const borders = pictureBorders(run);
  const startTicks = borders[0] ?? 0;
  const endTicks = borders.at(-1) ?? 0;
  const entries: MediaEntry[] = [];
  let atTicks = startTicks;
  for (const segment of soundOf(run)) {
    if (segment.endTicks <= atTicks + SILENCE_STEP_TICKS) continue;
    if (segment.startTicks >= endTicks) break;
    const fromTicks = fillUpTo(entries, atTicks, segment.startTicks, borders);
    const isLate = segment.startTicks < fromTicks;
    const isLong = edge === null && segment.endTicks > endTicks + SILENCE_STEP_TICKS;
    const entryStart = isLate && entries.length === 0 ? fromTicks : segment.startTicks;
    entries.push({
      kind: 'segment',
      segment,
      startTicks: entryStart,
      endTicks: isLong ? endTicks : segment.endTicks,
      isCut: isLong || entryStart > segment.startTicks,
    });
    atTicks = isLong ? endTicks : segment.endTicks;
  }
  fillUpTo(entries, atTicks, edge ? silentUntil(run, borders, edge) : endTicks, borders);
  return entries;
}

/** Adds silence from `fromTicks` to `toTicks`; gives where the next entry begins. */
function fillUpTo(
  entries: MediaEntry[],
  fromTicks: number,
  toTicks: number,
  borders: readonly number[],
): number {
  const last = entries.at(-1);
  if (toTicks - fromTicks <= HOLE_TOLERANCE_TICKS) {
    // EXTINF reaches to the next entry.
    if (last && toTicks > last.startTicks) entries[entries.length - 1] = { ...last, endTicks: toTicks };
    return fromTicks;
  }
  let startTicks = fromTicks;
  for (const border of [...borders.filter((ticks) => ticks > fromTicks && ticks < toTicks), toTicks]) {
    const wanted = border - startTicks;
    const isLast = border === toTicks;
    const steps = isLast ? Math.floor(wanted / SILENCE_STEP_TICKS) : Math.ceil(wanted / SILENCE_STEP_TICKS);
    if (steps <= 0) continue;
    const endTicks = startTicks + steps * SILENCE_STEP_TICKS;
    entries.push({ kind: 'silence', startTicks, endTicks });
    startTicks = endTicks;
  }
  return startTicks;
}

/** Where pictures begin and end, in ticks of 48 kHz. */
function pictureBorders(run: Run): number[] {
  const timescale = run.recording.video?.track.timescale ?? SILENCE_TIMESCALE;
  const toSound = (ticks: number) => Math.round((ticks * SILENCE_TIMESCALE) / timescale);
  return [...run.main.map((entry) => toSound(entry.startTicks)), toSound(lastEntry(run.main).endTicks)];
}

/** Usable sound of the recording with 48,000 ticks per second, which all Opus has. */
function soundOf(run: Run): PlaySegment[] {
  const lane = run.recording.audio;
  if (!lane || lane.track.timescale !== SILENCE_TIMESCALE) return [];
  return lane.segments.filter(isUsable).sort((a, b) => a.startTicks - b.startTicks);
}

/** The last border of pictures that no sound will come for any more; all of them where none is recorded. */
function silentUntil(run: Run, borders: readonly number[], edge: LiveEdge): number {
  const endTicks = borders.at(-1) ?? 0;
  if (soundOf(run).length === 0) return endTicks;
  const limitUs = edge.nowUs - SOUND_PATIENCE_US - run.recording.zeroUs;
  const limitTicks = (limitUs * SILENCE_TIMESCALE) / US_PER_SECOND;
  return borders.filter((ticks) => ticks <= limitTicks).at(-1) ?? 0;
}
