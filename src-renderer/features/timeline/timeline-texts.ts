import { formatDurationUs } from '../../format/durations.ts';
import { formatClock, formatShortDate } from '../../format/times.ts';
import { reasonOf } from './gap-reasons.ts';
import { contentAt, type LaneScene, markAt } from './timeline-scene.ts';

const MS_FROM_US_PER_PX = 60_000;

/** A clock as fine as the zoom: milliseconds where a pixel is less than 60 ms. */
export function clockAtZoom(us: number, pxUs: number, zone: string): string {
  return formatClock(us, zone, pxUs < MS_FROM_US_PER_PX ? 'milliseconds' : 'seconds');
}

/** A time to be read aloud: date and clock to the second. */
export function spokenTime(us: number, zone: string): string {
  return `${formatShortDate(us, zone)} ${formatClock(us, zone, 'seconds')}`;
}

/** What the hint under the pointer says: the time, and what is there. */
export function hintLines(us: number, pxUs: number, lane: LaneScene | null, zone: string): string[] {
  const dated = `${formatShortDate(us, zone)} ${clockAtZoom(us, pxUs, zone)}`;
  if (!lane) return [dated];
  const mark = markAt(lane, us, 5 * pxUs);
  if (mark) {
    const resumed =
      mark.resumedUs === null ? '' : `, continued at ${formatClock(mark.resumedUs, zone, 'milliseconds')}`;
    return [dated, `${mark.message}${resumed}`];
  }
  const content = contentAt(lane, us);
  switch (content.kind) {
    case 'recorded': {
      const { alias, isSecondSource, isEstimated } = content.piece;
      const parts = [
        isSecondSource ? `${alias} fills a gap` : alias,
        ...(isEstimated ? ['time is estimated'] : []),
      ];
      return [dated, parts.join(' · ')];
    }
    case 'gap': {
      const reason = reasonOf(lane.reasons, content.gap);
      const length = `Gap of ${formatDurationUs((reason?.endUs ?? content.gap.endUs) - (reason?.startUs ?? content.gap.startUs))}`;
      return reason ? [dated, length, reason.text] : [dated, length];
    }
    case 'unknown':
      return [dated, 'Loading'];
    case 'nothing':
      return [dated];
  }
}

/** What stands in the hatching of a gap; a gap up to the present has no end yet. */
export function gapLabel(lengthUs: number, isOpen: boolean): string {
  return isOpen ? 'not recorded' : formatDurationUs(lengthUs);
}

/** Rough width of a text of 10 to 11 px. */
export function textWidthPx(text: string): number {
  return text.length * 5.8;
}
