import { US_PER_HOUR } from '../../../src-shared/util/units.ts';
import { api } from '../../api/client.ts';
import { coveredRanges, withoutLost } from '../timeline/coverage-pieces.ts';
import { lostOf } from '../timeline/gap-reasons.ts';
import { type GapSteps, gapStepsAt } from './gap-steps.ts';

const RESOLUTION_US = 500_000;
/** Looked at first, then wider, until there is a gap or nothing more can be found. */
const REACHES_US = [2, 48, 24 * 60].map((hours) => hours * US_PER_HOUR);

/** The gaps next to an instant of a stream, over all its nodes. */
export async function findGaps(stream: string, us: number, signal: AbortSignal): Promise<GapSteps> {
  let steps: GapSteps = { nextUs: null, previousUs: null, around: null };
  for (const reachUs of REACHES_US) {
    const range = { start_ts: Math.max(0, us - reachUs), end_ts: us + reachUs };
    const resolutionUs = Math.max(RESOLUTION_US, Math.round(reachUs / 100_000));
    const coverage = { ...range, stream: [stream], resolution_us: resolutionUs };
    const [{ streams }, { gaps }] = await Promise.all([
      api.call('getCoverage', { query: coverage, signal }),
      api.call('getGaps', { params: { stream }, query: { ...range, min_us: resolutionUs }, signal }),
    ]);
    const covered = coveredRanges(withoutLost(streams[0]?.nodes ?? [], lostOf(gaps)));
    steps = gapStepsAt(covered, us);
    if (steps.nextUs !== null && steps.previousUs !== null) return steps;
  }
  return steps;
}
