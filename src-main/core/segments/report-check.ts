import type { Static } from 'typebox';
import type { SegmentReport as SegmentReportSchema } from '../../../src-shared/contract/recording-routes.ts';
import { MS_PER_DAY, US_PER_MS, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import { FIRST_WALL_US, LAST_WALL_US } from '../recordings/track-zero.ts';
import { checkObjectPath } from '../storage/object-path.ts';

/** What a node sends; times in microseconds, see the contract. */
export type SegmentReport = Static<typeof SegmentReportSchema>;
export type ReportedSegment = SegmentReport['segments'][number];

const MAX_DURATION_MS = MS_PER_DAY;
const MAX_NAME_BYTES = 512;
/** RTP counts pictures at 90 kHz, in 32 bits. */
const RTP_WRAP_US = (2 ** 32 / 90_000) * US_PER_SECOND;
/** Packets out of order within one segment; more is nonsense. */
const MAX_WRAPS = 100;

/** Whether the times are on a media clock that says nothing of the wall clock. */
export function isMediaClock(segment: ReportedSegment): boolean {
  return segment.start_ts < FIRST_WALL_US;
}

/**
 * A segment as long as it is. A recorder stores how far a picture lies behind the one before it without a sign, so each
 * packet that comes out of order makes its segment longer by 2^32 ticks, which is 13.3 hours.
 */
export function withoutWraps(segment: ReportedSegment): ReportedSegment {
  if (!isMediaClock(segment)) return segment;
  const { start_ts: startUs, end_ts: endUs } = segment;
  const wraps = Math.round((endUs - startUs) / RTP_WRAP_US);
  if (wraps < 1 || wraps > MAX_WRAPS) return segment;
  const lengthUs = Math.max(0, Math.round(endUs - startUs - wraps * RTP_WRAP_US));
  return { ...segment, end_ts: startUs + lengthUs, duration_ms: Math.round(lengthUs / US_PER_MS) };
}

/** Throws bad_request when any part of the report makes no sense; says which segment (counted from 0) and why. */
export function checkReport(report: SegmentReport): void {
  checkName('stream', report.stream);
  if (report.node_alias !== '') checkName('node_alias', report.node_alias);
  report.segments.forEach((segment, index) => {
    const reason = whyRefused(withoutWraps(segment));
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
