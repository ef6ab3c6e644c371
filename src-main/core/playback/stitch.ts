import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { planAudio } from './audio-plan.ts';
import { type Block, blocksOf, entryUs, GAP_TOLERANCE_US } from './blocks.ts';
import type { Lane, MediaEntry, PlayRecording, Run } from './media-model.ts';

/** Of a playlist that still grows. */
export interface LiveEdge {
  /** Microseconds since the Unix epoch. */
  readonly nowUs: number;
}

export interface StitchedMedia {
  /** What `main` of the runs holds. */
  readonly mainTrack: 'video' | 'audio';
  readonly runs: readonly Run[];
  /** Whether the runs come with sound beside the pictures. */
  readonly hasAudio: boolean;
}

/** Coverage beyond this counts alike: nobody minds a discontinuity every ten minutes. */
const HORIZON_US = 600 * US_PER_SECOND;
/** A node whose last segment is younger than this may still report the next; nobody takes over before. */
const HANDOVER_PATIENCE_US = 30 * US_PER_SECOND;
/** It is not worth a discontinuity to play less than this of another node. */
const LEAST_GAIN_US = US_PER_SECOND;

/**
 * Chooses what to play of one stream in `range` from the recordings of all its nodes.
 *
 * Runs come in the order of wall time and do not overlap. The node with the longer continuous coverage is
 * chosen, and kept until it has a gap; then another's segments fill it, from a key frame of theirs on: what the
 * first node has behind that key frame is cut off. Segments are whole at both ends of the range, so that their
 * addresses do not depend on it. A run ends before a missing object, and the next one begins behind it.
 * With `edge` the end is open: nothing is listed that a later call could take back.
 */
export function stitch(
  recordings: readonly PlayRecording[],
  range: TimeRange,
  edge: LiveEdge | null = null,
): StitchedMedia {
  const videoRuns = stitchLanes(recordings, 'video', range, edge).map(withoutSound);
  if (videoRuns.length === 0) {
    const runs = stitchLanes(recordings, 'audio', range, edge).map(withoutSound);
    return { mainTrack: 'audio', runs, hasAudio: false };
  }
  const hasAudio = videoRuns.some((run) => planAudio(run, null).some((entry) => entry.kind === 'segment'));
  if (!hasAudio) return { mainTrack: 'video', runs: videoRuns, hasAudio };
  const runs = videoRuns.map((run, i) => ({
    ...run,
    audio: planAudio(run, i === videoRuns.length - 1 ? edge : null),
  }));
  return { mainTrack: 'video', runs, hasAudio };
}

/** The main entries of a run. */
export interface OpenRun {
  recording: PlayRecording;
  lane: Lane;
  main: MediaEntry[];
  /** Where its block ends, microseconds since the Unix epoch. */
  endUs: number;
}

/** With which segment a range goes on that was stitched up to here. */
export interface Entrance {
  readonly recordingId: string;
  readonly segmentId: string;
  /** Whether it is in the middle of a run. */
  readonly isContinued: boolean;
}

function withoutSound({ main, recording }: OpenRun): Run {
  return { recording, main, audio: [] };
}

/** As `stitch`, of one kind of tracks; `entrance` where the range goes on from one before it. */
export function stitchLanes(
  recordings: readonly PlayRecording[],
  kind: 'video' | 'audio',
  range: TimeRange,
  edge: LiveEdge | null,
  entrance: Entrance | null = null,
): OpenRun[] {
  const continuedId = entrance?.isContinued ? entrance.segmentId : undefined;
  const blocks = recordings.flatMap((recording) => {
    const lane = recording[kind];
    return lane ? blocksOf(recording, lane, continuedId) : [];
  });
  const runs: OpenRun[] = [];
  let atUs = range.startUs;
  let last: Block | null = null;
  while (atUs < range.endUs) {
    const isStart: boolean = last === null;
    if (last && edge && edge.nowUs - last.endUs < HANDOVER_PATIENCE_US) break;
    const choice: Choice | null =
      (isStart && entrance && entryAt(blocks, entrance)) ||
      choose(blocks, atUs, isStart ? 0 : LEAST_GAIN_US, edge);
    if (!choice || choice.entryUs >= range.endUs) break;
    if (!isStart && choice.entryUs < atUs) cutTail(runs, choice.entryUs);
    const { lane, recording } = choice.block;
    const isContinued = isStart && continuedId !== undefined && startsWith(choice, continuedId);
    const { endUs } = choice.block;
    runs.push({ recording, lane, main: entriesFrom(choice, range.endUs, isContinued), endUs });
    atUs = endUs;
    last = choice.block;
  }
  return runs;
}

function entryAt(blocks: readonly Block[], { recordingId, segmentId }: Entrance): Choice | null {
  for (const block of blocks) {
    if (block.recording.id !== recordingId) continue;
    const first = block.segments.findIndex(({ id }) => id === segmentId);
    const segment = block.segments[first];
    if (segment) return { block, first, entryUs: entryUs(segment, block.lane.track.timescale) };
  }
  return null;
}

const startsWith = ({ block, first }: Choice, segmentId: string) => block.segments[first]?.id === segmentId;

interface Choice {
  block: Block;
  /** Index of the segment to begin with. */
  first: number;
  entryUs: number;
}

/** The best block that covers `atUs`; where none does, the one that begins next. */
function choose(
  blocks: readonly Block[],
  atUs: number,
  leastGainUs: number,
  edge: LiveEdge | null,
): Choice | null {
  const choices = blocks
    .filter((block) => block.endUs > atUs + leastGainUs)
    .map((block) => entryInto(block, atUs));
  const earliestUs = choices.reduce((least, choice) => Math.min(least, choice.entryUs), Infinity);
  const reachUs = Math.max(atUs, earliestUs) + GAP_TOLERANCE_US;
  return (
    choices
      .filter((choice) => choice.entryUs <= reachUs)
      .sort((a, b) => compareChoices(a, b, atUs, edge))[0] ?? null
  );
}

function compareChoices(a: Choice, b: Choice, atUs: number, edge: LiveEdge | null): number {
  // While recordings grow, which of them reaches further changes; a choice made once has to stay.
  const reachUs = ({ block }: Choice) => (edge ? 0 : Math.min(block.endUs, atUs + HORIZON_US));
  const difference = reachUs(b) - reachUs(a);
  if (Math.abs(difference) > LEAST_GAIN_US) return difference;
  return (
    Number(b.block.recording.audio !== null) - Number(a.block.recording.audio !== null) ||
    a.block.recording.nodeAlias.localeCompare(b.block.recording.nodeAlias) ||
    a.block.startUs - b.block.startUs ||
    a.block.recording.id.localeCompare(b.block.recording.id)
  );
}

/** The last point at or before `atUs` where decoding can begin, or the first one behind it. */
function entryInto(block: Block, atUs: number): Choice {
  const { timescale } = block.lane.track;
  let first = 0;
  for (const [i, segment] of block.segments.entries()) {
    if (segment.startUs > atUs) break;
    if (segment.syncTicks !== null && entryUs(segment, timescale) <= atUs) first = i;
  }
  const segment = block.segments[first];
  if (!segment) throw new RangeError('A block has no segments.');
  return { block, first, entryUs: entryUs(segment, timescale) };
}

function entriesFrom({ block, first }: Choice, endUs: number, isContinued: boolean): MediaEntry[] {
  const segments = block.segments.slice(first).filter((segment, i) => i === 0 || segment.startUs < endUs);
  return segments.map((segment, i) => {
    const following = block.segments[first + i + 1];
    const isEntry = i === 0 && !isContinued;
    const startTicks = isEntry ? (segment.syncTicks ?? segment.startTicks) : segment.startTicks;
    return {
      kind: 'segment',
      segment,
      startTicks,
      // What players see is the start of the next one; small jitter between the two is no gap.
      endTicks: following ? following.startTicks : segment.endTicks,
      cut: startTicks > segment.startTicks ? { startTicks, endTicks: segment.endTicks } : null,
    };
  });
}

/** Takes away what the runs have from `fromUs` on; another node goes on there with a key frame. */
function cutTail(runs: OpenRun[], fromUs: number): void {
  for (let run = runs.at(-1); run; run = runs.at(-1)) {
    const { timescale } = run.lane.track;
    while (run.main.length > 0) {
      const entry = run.main.pop();
      if (entry?.kind !== 'segment') continue;
      const { segment } = entry;
      const keptTicks = Math.round(((fromUs - segment.startUs) * timescale) / US_PER_SECOND);
      const endTicks = Math.min(entry.endTicks, segment.startTicks + keptTicks);
      if (endTicks <= entry.startTicks) continue;
      const isShorter = endTicks < segment.endTicks;
      run.main.push({
        ...entry,
        endTicks,
        cut: isShorter ? { startTicks: entry.startTicks, endTicks } : entry.cut,
      });
      return;
    }
    runs.pop();
  }
}
