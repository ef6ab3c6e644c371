import type { Static } from 'typebox';
import type { SegmentReport as SegmentReportSchema } from '../../../src-shared/contract/recording-routes.ts';
import { MS_PER_DAY, US_PER_MS } from '../../../src-shared/util/units.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import { FIRST_WALL_US, LAST_WALL_US } from '../recordings/track-zero.ts';
import { checkObjectPath } from '../storage/object-path.ts';

/** What a node sends; times in microseconds, see the contract. */
export type SegmentReport = Static<typeof SegmentReportSchema>;
export type ReportedSegment = SegmentReport['segments'][number];

const MAX_DURATION_MS = MS_PER_DAY;
const MAX_NAME_BYTES = 512;

/** Whether the times are on a media clock that says nothing of the wall clock. */
export function isMediaClock(segment: ReportedSegment): boolean {
  return segment.start_ts < FIRST_WALL_US;
}

/** Throws bad_request when any part of the report makes no sense; says which segment (counted from 0) and why. */
export function checkReport(report: SegmentReport): void {
  checkName('stream', report.stream);
  if (report.node_alias !== '') checkName('node_alias', report.node_alias);
  report.segments.forEach((segment, index) => {
    const reason = whyRefused(segment);
    if (reason !== null)
      throw new AppError('bad_request', `segments[${index}]: ${reason}`, { details: { index } });
  });
}

function checkName(field: string, value: string): void {
  const reason =
    value === ''
      ? 'is empty'
      : value.includes('\0')
        ? 'holds a NUL character'
        : Buffer.byteLength(value) > MAX_NAME_BYTES
          ? `is longer than ${MAX_NAME_BYTES} bytes`
          : null;
  if (reason !== null) throw new AppError('bad_request', `${field} ${reason}.`);
}

function whyRefused(segment: ReportedSegment): string | null {
  const { start_ts: startUs, end_ts: endUs, duration_ms: durationMs } = segment;
  if (startUs < 0) return `start_ts ${startUs} is negative.`;
  if (endUs < startUs) return `end_ts ${endUs} lies before start_ts ${startUs}.`;
  if (isMediaClock(segment) && endUs >= FIRST_WALL_US) {
    return `start_ts ${startUs} is media time (below 10^15) but end_ts ${endUs} is wall time; both must be on one clock.`;
  }
  if (endUs > LAST_WALL_US) {
    return `end_ts ${endUs} lies beyond the year 2100; times are microseconds since 1970.`;
  }
  if (endUs - startUs > MAX_DURATION_MS * US_PER_MS) {
    return `from start_ts ${startUs} to end_ts ${endUs} is more than a day; times are microseconds.`;
  }
  if (durationMs < 0 || durationMs > MAX_DURATION_MS) {
    return `duration_ms ${durationMs} is not between 0 and ${MAX_DURATION_MS}.`;
  }
  try {
    checkObjectPath(segment.path);
  } catch (error) {
    return errorMessage(error);
  }
  return null;
}
