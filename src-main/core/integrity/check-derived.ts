import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { counted } from '../base/counted.ts';
import type { IndexScope, LaneDay } from '../segments/index-days.ts';
import { verifyBounds, verifyCoverage, verifyLongest } from '../segments/verify-coverage.ts';
import { type RecordingSums, verifyRecordings } from '../segments/verify-recordings.ts';
import { type Totals, verifyTotals } from '../segments/verify-totals.ts';
import type { CheckProgress, CheckTools } from './check-tools.ts';
import type { CheckScope, Problem } from './problem.ts';

/** Holds what is kept per day, totals and coverage, against a recount. */
export async function* checkDerived(
  { database, signal }: CheckTools,
  scope: CheckScope,
  progress: CheckProgress,
): AsyncGenerator<Problem, void, undefined> {
  const days = daysOf(scope);
  const isWhole = scope.startUs === null && scope.endUs === null;
  if (isWhole) yield* checkLongest(database, days, progress, signal);
  for await (const difference of verifyTotals(database, days, signal)) {
    progress.place = difference.stream;
    const { counted, stored } = difference;
    const reason = `The totals of ${dayName(difference)} say ${totalsText(stored)}; a recount gives ${totalsText(counted)}.`;
    yield problemOf('wrong-totals', difference, reason);
  }
  for await (const difference of verifyCoverage(database, days, signal)) {
    progress.place = difference.stream;
    const { missingSpans, wrongSpans } = difference;
    const reason = `Of the coverage of ${dayName(difference)} ${counted(wrongSpans, 'span')} ${wrongSpans === 1 ? 'is' : 'are'} wrong and ${counted(missingSpans, 'span')} ${missingSpans === 1 ? 'is' : 'are'} missing, so the timeline shows what was not recorded, or hides what was.`;
    yield problemOf('wrong-coverage', difference, reason);
  }
  if (!isWhole) return;
  for await (const difference of verifyBounds(database, days, signal)) {
    progress.place = difference.stream;
    const { nodeAlias, stored, stream, track } = difference;
    const reason = `The list of streams has ${track} of ${stream} on ${nodeAlias} ${rangeText(stored)}; its coverage is ${rangeText(difference.counted)}.`;
    yield { ...problemOf('wrong-coverage', difference, reason), place: `${track} in all` };
  }
}

/** First, and repaired first: the recount of the coverage looks no further back than the longest segment. */
async function* checkLongest(
  database: CheckTools['database'],
  scope: IndexScope,
  progress: CheckProgress,
  signal: CheckTools['signal'],
): AsyncGenerator<Problem, void, undefined> {
  for await (const difference of verifyLongest(database, scope, signal)) {
    progress.place = difference.stream;
    const { countedUs, nodeAlias, storedUs, stream, track } = difference;
    const reason = `The list of streams says that no ${track} segment of ${stream} on ${nodeAlias} lasts longer than ${storedUs / 1e6} s; one lasts ${countedUs / 1e6} s, and is not found where a range begins in it.`;
    yield { ...problemOf('wrong-coverage', difference, reason), place: `${track}, longest segment` };
  }
}

/** Holds bounds, counts and sizes of recordings and the numbers of their tracks against their segments. */
export async function* checkSums(
  { database, signal }: CheckTools,
  scope: CheckScope,
  progress: CheckProgress,
): AsyncGenerator<Problem, void, undefined> {
  for await (const difference of verifyRecordings(database, daysOf(scope), signal)) {
    const { counted, dir, nodeAlias, recordingId, sessionNo, stored, stream } = difference;
    progress.place = stream;
    const place = sessionNo === 0 ? dir : `${dir} (${sessionNo + 1})`;
    yield {
      kind: 'wrong-recording',
      stream,
      nodeAlias,
      place,
      startUs: counted.startUs,
      endUs: counted.endUs,
      reason: `The recording ${place} says ${sumsText(stored)}; its segments give ${sumsText(counted)}.`,
      repair: 'recount',
      details: { recordingId },
    };
  }
}

function rangeText(range: TimeRange | null): string {
  return range ? `from ${spanText(range)}` : 'not at all';
}

function spanText({ endUs, startUs }: TimeRange): string {
  return `${new Date(startUs / 1000).toISOString()} to ${new Date(endUs / 1000).toISOString()}`;
}

function daysOf({ endUs, startUs, stream }: CheckScope): IndexScope {
  return {
    stream: stream ?? undefined,
    fromDay: startUs === null ? undefined : Math.floor(startUs / US_PER_DAY),
    toDay: endUs === null ? undefined : Math.floor((endUs - 1) / US_PER_DAY),
  };
}

function sumsText({ numbers, segmentCount, sizeBytes, ...span }: RecordingSums): string {
  return `${spanText(span)}, ${counted(segmentCount, 'segment')}, ${sizeBytes} bytes, numbers ${numbers}`;
}

function problemOf(kind: Problem['kind'], lane: LaneDay, reason: string): Problem {
  const { day, nodeAlias, stream, track } = lane;
  return {
    kind,
    stream,
    nodeAlias,
    place: `${track} of ${isoDay(day)}`,
    startUs: day * US_PER_DAY,
    endUs: (day + 1) * US_PER_DAY,
    reason,
    repair: 'recount',
    details: { track, day },
  };
}

function dayName({ day, nodeAlias, stream, track }: LaneDay): string {
  return `${isoDay(day)} (UTC), ${track} of ${stream} on ${nodeAlias}`;
}

function isoDay(day: number): string {
  return new Date((day * US_PER_DAY) / 1000).toISOString().slice(0, 10);
}

function totalsText(totals: Totals | null): string {
  if (!totals) return 'nothing';
  const { durationUs, mainCount, segmentCount, sizeBytes } = totals;
  return `${counted(segmentCount, 'segment')} (${mainCount} of main tracks), ${sizeBytes} bytes and ${Math.round(durationUs / 1e6)} s`;
}
