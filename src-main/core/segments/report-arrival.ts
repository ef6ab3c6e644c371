/** A media-clock segment of one folder in one report. */
export interface BatchedSegment {
  seq: number;
  mediaStartUs: number;
  mediaEndUs: number;
  /** By how much the clock ran ahead within it, and so for all that follow. */
  excessUs?: number;
}

/**
 * When each segment of a report would have arrived had every one been sent as it ended.
 *
 * A report with one segment arrives when that segment has ended. In one with many the newest did, the others ended
 * as much earlier as the media clock says. Numbers that come twice with other times mean that the recorder began
 * anew within the report: then a fall of the number in the order of the report divides it, and what was before
 * ended at the latest when the next part began.
 *
 * `segments` are in the order of the report; the result has one wall time, microseconds since the epoch, for each.
 */
export function arrivalsOf(segments: readonly BatchedSegment[], arrivedAtUs: number): number[] {
  const runs = runsOf(segments);
  const arrivals = new Array<number>(segments.length).fill(arrivedAtUs);
  let runArrivedUs = arrivedAtUs;
  for (const run of runs.reverse()) {
    const excesses = excessesBefore(run.flatMap((index) => segments[index] ?? []));
    const ends = run.map((index, i) => (segments[index]?.mediaEndUs ?? 0) - (excesses[i] ?? 0));
    const starts = run.map((index, i) => (segments[index]?.mediaStartUs ?? 0) - (excesses[i] ?? 0));
    const lastEndUs = ends.reduce((a, b) => Math.max(a, b));
    run.forEach((index, i) => {
      arrivals[index] = runArrivedUs - (lastEndUs - (ends[i] ?? 0));
    });
    runArrivedUs -= lastEndUs - starts.reduce((a, b) => Math.min(a, b));
  }
  return arrivals;
}

/** For each segment of a run, by how much the clock had run ahead when it began. */
function excessesBefore(run: readonly BatchedSegment[]): number[] {
  const ahead = run.filter(({ excessUs = 0 }) => excessUs > 0);
  return run.map(({ mediaStartUs }) =>
    ahead.reduce((sum, each) => sum + (each.mediaStartUs < mediaStartUs ? (each.excessUs ?? 0) : 0), 0),
  );
}

/** Indexes of `segments`, divided into runs of one session each. */
function runsOf(segments: readonly BatchedSegment[]): number[][] {
  const indexes = segments.map((_, index) => index);
  if (!hasConflict(segments)) return indexes.length === 0 ? [] : [indexes];
  const runs: number[][] = [];
  let previous: BatchedSegment | undefined;
  for (const index of indexes) {
    const segment = segments[index];
    const isFall = previous !== undefined && segment !== undefined && segment.seq < previous.seq;
    const run = runs.at(-1);
    if (run === undefined || isFall) runs.push([index]);
    else run.push(index);
    previous = segment;
  }
  return runs;
}

function hasConflict(segments: readonly BatchedSegment[]): boolean {
  const bySeq = new Map<number, BatchedSegment>();
  for (const segment of segments) {
    if (segment.seq === 0) continue;
    const other = bySeq.get(segment.seq);
    if (other && (other.mediaStartUs !== segment.mediaStartUs || other.mediaEndUs !== segment.mediaEndUs)) {
      return true;
    }
    bySeq.set(segment.seq, segment);
  }
  return false;
}
