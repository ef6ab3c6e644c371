import type { ReportedSegment } from '../segments/report-check.ts';

/** A segment as a node of the PULL generation offers it; microseconds of media time. */
export type PulledSegment = ReportedSegment;

/** The stream that a path `<stream>/YYYY/MM/DD/<file>` belongs to; null when it is no such path. */
export function streamOfPath(path: string): string | null {
  return /^(.+)\/\d{4}\/\d{2}\/\d{2}\/[^/]+$/.exec(path)?.[1] ?? null;
}

/**
 * Reads an answer of `GET /api/segments/pull`. Throws TypeError when it is none.
 *
 * Where `stream` is not empty, segments whose path names another stream are left out, in words.
 */
export function parsePulled(
  json: unknown,
  stream: string,
): { segments: PulledSegment[]; problems: readonly string[] } {
  const page = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  if (!Array.isArray(page.segments)) throw new TypeError('expected a list of segments');
  const segments: PulledSegment[] = [];
  const problems: string[] = [];
  for (const entry of page.segments as Record<string, unknown>[]) {
    const { start_ts: startUs, end_ts: endUs, duration_ms: durationMs, path } = entry ?? {};
    if (!isTime(startUs) || !isTime(endUs) || !isTime(durationMs) || typeof path !== 'string') {
      problems.push(`A segment that is offered${stream && ` of ${stream}`} has no times or no path.`);
    } else if (stream !== '' && (streamOfPath(path) ?? stream) !== stream) {
      problems.push(`The segment ${path} is offered as one of ${stream}.`);
    } else {
      segments.push({
        start_ts: startUs,
        end_ts: endUs,
        duration_ms: durationMs,
        path,
        is_keyframe: entry.is_keyframe === true,
      });
    }
  }
  return { segments, problems };
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
