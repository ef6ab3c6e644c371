import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY, US_PER_HOUR } from '../../../src-shared/util/units.ts';
import { dayStartUs, shiftDaysUs } from '../../format/zone-time.ts';

/** Views wider than this are framed in the whole of what was recorded instead of in their day. */
const DAY_VIEW_UP_TO_US = 20 * US_PER_HOUR;

/** What the lowest line shows: the local day of the view's middle, or all that was recorded. */
export function overviewRange(
  view: TimeRange,
  firstUs: number | null,
  nowUs: number,
  zone: string,
): TimeRange {
  const spanUs = view.endUs - view.startUs;
  if (spanUs <= DAY_VIEW_UP_TO_US) {
    const startUs = dayStartUs(view.startUs + spanUs / 2, zone);
    return { startUs, endUs: shiftDaysUs(startUs, 1, zone) };
  }
  const startUs = dayStartUs(Math.min(firstUs ?? view.startUs, view.startUs), zone);
  const endUs = shiftDaysUs(Math.max(nowUs, view.endUs), 1, zone);
  return { startUs, endUs: Math.max(endUs, startUs + US_PER_DAY) };
}
