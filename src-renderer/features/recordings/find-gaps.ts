import { US_PER_HOUR } from '../../../src-shared/util/units.ts';
import { api } from '../../api/client.ts';
import { coveredRanges } from '../timeline/coverage-pieces.ts';
import { type GapSteps, gapStepsAt } from './gap-steps.ts';

const RESOLUTION_US = 500_000;
/** Looked at first, then wider, until there is a gap or nothing more can be found. */
const REACHES_US = [2, 48, 24 * 60].map((hours) => hours * US_PER_HOUR);

/** The gaps next to an instant of a stream, over all its nodes. */
export async function findGaps(stream: string, us: number, signal: AbortSignal): Promise<GapSteps> {
  let steps: GapSteps = { nextUs: null, previousUs: null, around: null };
  for (const reachUs of REACHES_US) {
    const query = {
      stream: [stream],
      start_ts: Math.max(0, us - reachUs),
      end_ts: us + reachUs,
      resolution_us: Math.max(RESOLUTION_US, Math.round(reachUs / 100_000)),
    };
    const { streams } = await api.call('getCoverage', { query, signal });
    const covered = coveredRanges(streams[0]?.nodes ?? []);
    steps = gapStepsAt(covered, us);
    if (steps.nextUs !== null && steps.previousUs !== null) return steps;
  }
  return steps;
}
