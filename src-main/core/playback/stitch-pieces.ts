import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY, US_PER_MINUTE } from '../../../src-shared/util/units.ts';
import { planAudio } from './audio-plan.ts';
import { timescaleOf } from './hls-playlist.ts';
import { type MediaEntry, type PlayRecording, type Run, SILENCE_TIMESCALE } from './media-model.ts';
import { type Entrance, type LiveEdge, type OpenRun, stitchLanes } from './stitch.ts';

/** A run, or a part of one. */
export interface PieceRun extends Run {
  /** Whether it goes on where the run before it in the list ended: a part of the same one. */
  readonly isContinued: boolean;
  /** Whether sound is recorded in it, or soon behind its end where it goes on. */
  readonly hasSound: boolean;
}

export interface PieceOptions {
  readonly range: TimeRange;
  /** As of `stitch`. */
  readonly edge: LiveEdge | null;
  readonly kind: 'video' | 'audio';
  /** What touches a part of the range. */
  readonly read: (part: TimeRange) => Promise<readonly PlayRecording[]>;
  /** Start of the first that is recorded behind an instant; null where nothing is. */
  readonly nextStart: (us: number) => Promise<number | null>;
  /** Whether the parts of a run are joined, so that their sound goes on; otherwise each stands for itself. */
  readonly isJoined: boolean;
  /** Of how much media is held at once. */
  readonly pieceUs?: number;
}

/** What is stitched at once. */
export const PIECE_US = US_PER_DAY;
/** The choice between nodes looks ten minutes ahead, and a segment may last as long. */
const AROUND_US = 20 * US_PER_MINUTE;

/**
 * The runs of a range as `stitch` has them, piece by piece, so that one of any length takes little memory: of each
 * piece what starts in it. Pictures come with sound, silence where there is none.
 */
export async function* stitchPieces(options: PieceOptions): AsyncGenerator<PieceRun[]> {
  const { edge, kind, nextStart, pieceUs = PIECE_US, range, read } = options;
  let entrance: Entrance | null = null;
  let sound: MediaEntry | null = null;
  let atUs = range.startUs;
  for (let startUs = range.startUs; startUs < range.endUs; ) {
    const endUs = Math.min(startUs + pieceUs, range.endUs);
    const isFirst = startUs === range.startUs;
    const part = {
      startUs: isFirst ? startUs : Math.max(range.startUs, startUs - AROUND_US),
      endUs: Math.min(endUs + AROUND_US, range.endUs),
    };
    const runs = stitchLanes(await read(part), kind, { startUs: atUs, endUs: part.endUs }, edge, entrance);
    const isLast = endUs === range.endUs;
    const cut = isLast ? { here: runs, rest: [] } : cutAt(runs, endUs);
    const isContinued = entrance?.isContinued === true && holds(runs[0], entrance.segmentId);
    const piece = pieceOf(runs, cut.here, {
      ...options,
      edge: isLast ? edge : null,
      isContinued: isContinued && options.isJoined,
      sound: isContinued ? sound : null,
    });
    if (piece.length > 0) yield piece;
    const [next] = cut.rest;
    const nextEntry = next?.main[0];
    if (next && nextEntry?.kind === 'segment') {
      const isMiddle = cut.here.at(-1)?.recording === next.recording && cut.isMiddle === true;
      entrance = { recordingId: next.recording.id, segmentId: nextEntry.segment.id, isContinued: isMiddle };
      // One segment of sound may reach over a whole piece.
      const soFar: MediaEntry | null = isContinued && piece.length === 1 ? sound : null;
      sound = isMiddle ? (piece.at(-1)?.audio.at(-1) ?? soFar) : null;
      [startUs, atUs] = [endUs, endUs];
      continue;
    }
    entrance = null;
    // Of a range that reaches far beyond what was recorded the rest is passed over.
    const nextUs = isLast ? null : await nextStart(endUs);
    if (nextUs === null) return;
    startUs = Math.max(endUs, nextUs);
    atUs = Math.max(startUs, runs.at(-1)?.endUs ?? startUs);
  }
}

const holds = (run: OpenRun | undefined, segmentId: string) =>
  run?.main[0]?.kind === 'segment' && run.main[0].segment.id === segmentId;

/** Runs up to the first segment that starts at `us` or later, and from there on. */
function cutAt(
  runs: readonly OpenRun[],
  us: number,
): { here: OpenRun[]; rest: OpenRun[]; isMiddle?: boolean } {
  for (const [i, run] of runs.entries()) {
    const at = run.main.findIndex((entry) => entry.kind === 'segment' && entry.segment.startUs >= us);
    if (at < 0) continue;
    const [before, after] = [run.main.slice(0, at), run.main.slice(at)];
    const rest = [{ ...run, main: after }, ...runs.slice(i + 1)];
    if (at === 0) return { here: runs.slice(0, i), rest };
    return { here: [...runs.slice(0, i), { ...run, main: before }], rest, isMiddle: true };
  }
  return { here: [...runs], rest: [] };
}

/** The runs `here` with their sound; `runs` are the same beyond the end of the piece. */
function pieceOf(
  runs: readonly OpenRun[],
  here: readonly OpenRun[],
  options: Pick<PieceOptions, 'edge' | 'isJoined' | 'kind'> & {
    isContinued: boolean;
    sound: MediaEntry | null;
  },
): PieceRun[] {
  return here.map(({ main, recording }, i): PieceRun => {
    const isContinued = i === 0 && options.isContinued;
    const own = { recording, main, isContinued, hasSound: false };
    if (options.kind === 'audio') return { ...own, audio: [] };
    const edge = i === runs.length - 1 ? options.edge : null;
    const whole = runs[i];
    const isAlone = !options.isJoined || !whole;
    const audio = isAlone ? planAudio(own, edge) : planAudio(whole, edge, isContinued ? options.sound : null);
    return {
      ...own,
      hasSound: audio.some((entry) => entry.kind === 'segment'),
      audio: isAlone ? audio : audio.slice(0, soundUpTo(audio, whole, main.length)),
    };
  });
}

/** How many entries of sound start before the entry of the pictures at `at`; all without one. */
function soundUpTo(audio: readonly MediaEntry[], run: OpenRun, at: number): number {
  const next = run.main[at];
  if (!next) return audio.length;
  const timescale = timescaleOf({ ...run, audio: [] }, 'main');
  const borderTicks = Math.round((next.startTicks * SILENCE_TIMESCALE) / timescale);
  const found = audio.findIndex(({ startTicks }) => startTicks >= borderTicks);
  return found < 0 ? audio.length : found;
}
