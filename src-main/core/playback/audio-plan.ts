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
 * With `edge`, sound may still come: the end is neither filled nor cut. `before`: the run goes on, and this is the last entry of
 * its sound so far.
 */
export function planAudio(
  run: Pick<Run, 'recording' | 'main'>,
  edge: LiveEdge | null,
  before: MediaEntry | null = null,
): MediaEntry[] {
  const borders = pictureBorders(run);
  const startTicks = before?.endTicks ?? borders[0] ?? 0;
  const endTicks = borders.at(-1) ?? 0;
  const entries: MediaEntry[] = [];
  let atTicks = startTicks;
  for (const segment of soundOf(run)) {
    if (segment.endTicks <= atTicks + SILENCE_STEP_TICKS) continue;
    if (segment.startTicks >= endTicks) break;
    const fromTicks = fillUpTo(entries, atTicks, segment.startTicks, borders);
    const isLong = edge === null && segment.endTicks > endTicks + SILENCE_STEP_TICKS;
    if (before && segment.startTicks <= before.startTicks) continue;
    const isFirst = entries.length === 0 && before === null;
    const isEarly = isFirst && segment.startTicks < fromTicks;
    const span = {
      startTicks: isEarly ? fromTicks : segment.startTicks,
      endTicks: isLong ? endTicks : segment.endTicks,
    };
    // The packet that reaches over the border belongs to it: players stop at a hole between runs.
    const firstTicks = Math.max(span.startTicks - SILENCE_STEP_TICKS + 1, segment.startTicks);
    const cut = { startTicks: firstTicks, endTicks: span.endTicks };
    entries.push({ kind: 'segment', segment, ...span, cut: isLong || isEarly ? cut : null });
    atTicks = span.endTicks;
  }
  fillEnd(entries, atTicks, edge ? silentUntil(run, borders, edge) : endTicks, borders);
  return entries;
}

/** Adds silence from `fromTicks` to the segment that begins at `toTicks`; gives where the silence ends. */
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
  const atTicks = addSilence(
    entries,
    fromTicks,
    borders.filter((ticks) => ticks < toTicks),
  );
  const steps = Math.floor((toTicks - atTicks) / SILENCE_STEP_TICKS);
  if (steps <= 0) return atTicks;
  entries.push({ kind: 'silence', startTicks: atTicks, endTicks: atTicks + steps * SILENCE_STEP_TICKS });
  return atTicks + steps * SILENCE_STEP_TICKS;
}

/** Adds silence at the end of a run. Players stop at small holes between runs that they get over inside of one. */
function fillEnd(
  entries: MediaEntry[],
  fromTicks: number,
  toTicks: number,
  borders: readonly number[],
): void {
  if (toTicks - fromTicks <= SILENCE_STEP_TICKS) return;
  addSilence(entries, fromTicks, [...borders.filter((ticks) => ticks < toTicks), toTicks]);
}

/** Adds one piece of silence up to each border, in whole packets that reach over it; gives the end. */
function addSilence(entries: MediaEntry[], fromTicks: number, borders: readonly number[]): number {
  let startTicks = fromTicks;
  for (const border of borders) {
    const steps = Math.ceil((border - startTicks) / SILENCE_STEP_TICKS);
    if (steps <= 0) continue;
    const endTicks = startTicks + steps * SILENCE_STEP_TICKS;
    entries.push({ kind: 'silence', startTicks, endTicks });
    startTicks = endTicks;
  }
  return startTicks;
}

/** Where pictures begin and end, in ticks of 48 kHz. */
function pictureBorders(run: Pick<Run, 'recording' | 'main'>): number[] {
  const timescale = run.recording.video?.track.timescale ?? SILENCE_TIMESCALE;
  const toSound = (ticks: number) => Math.round((ticks * SILENCE_TIMESCALE) / timescale);
  return [...run.main.map((entry) => toSound(entry.startTicks)), toSound(lastEntry(run.main).endTicks)];
}

/** Usable sound of the recording with 48,000 ticks per second, which all Opus has. */
function soundOf(run: Pick<Run, 'recording'>): PlaySegment[] {
  const lane = run.recording.audio;
  if (!lane || lane.track.timescale !== SILENCE_TIMESCALE) return [];
  return lane.segments.filter(isUsable).sort((a, b) => a.startTicks - b.startTicks);
}

/**
 * The last border of pictures that no sound will come for any more; where none is recorded, the last one but the
 * end, which moves when the next picture comes.
 */
function silentUntil(run: Pick<Run, 'recording'>, borders: readonly number[], edge: LiveEdge): number {
  const settled = borders.slice(0, -1);
  if (soundOf(run).length === 0) return settled.at(-1) ?? 0;
  const limitUs = edge.nowUs - SOUND_PATIENCE_US - run.recording.zeroUs;
  const limitTicks = (limitUs * SILENCE_TIMESCALE) / US_PER_SECOND;
  return settled.filter((ticks) => ticks <= limitTicks).at(-1) ?? 0;
}
