import { US_PER_DAY, US_PER_HOUR } from '../../../src-shared/util/units.ts';
import { placeReportedPath } from '../recordings/recording-path.ts';
import { reporterOf } from './node-places.ts';
import type { ArrivedReport } from './report.ts';
import { arrivalsOf } from './report-arrival.ts';
import { isMediaClock, type ReportedSegment, withoutWraps } from './report-check.ts';
import type { SessionFolder } from './session-store.ts';

/** One reported segment on its way to a row. */
export interface ReportItem extends SessionFolder {
  /** As long as it is. */
  segment: ReportedSegment;
  /** How much longer its node said that it is. */
  excessUs: number;
  place: ReturnType<typeof placeReportedPath>;
  arrivedAtUs: number;
  clockStepsUs: readonly number[];
  isMedia: boolean;
  /** When its object was written; null where nothing tells, undefined where nobody has looked. */
  writtenAtUs: number | null | undefined;
}

/** When objects were written, microseconds since the epoch, null where nothing tells; by `timesKey`. */
export type WrittenTimes = ReadonlyMap<string, number | null>;

export function timesKey(nodeAlias: string, path: string): string {
  return `${nodeAlias}\0${path}`;
}

/** Whether reports are new or come late can be told only by when these objects were written. */
export class TimesWanted extends Error {
  constructor(readonly items: readonly ReportItem[]) {
    super('It has to be known when objects were written.');
  }
}

/** Folders are named by the date of the node's clock, wherever it is. */
const DAY_SLACK_US = 14 * US_PER_HOUR;

/** Whether a recording that began then may lie in the folder of this day, `yyyy-mm-dd`; null for no day. */
export function isOfDay(day: string | null, beganUs: number): boolean {
  if (day === null) return true;
  const startUs = Date.parse(`${day}T00:00:00Z`) * 1000;
  return beganUs >= startUs - DAY_SLACK_US && beganUs < startUs + US_PER_DAY + DAY_SLACK_US;
}

/** The segments of a report, oldest first, each with when it came. */
export function itemsOf(
  { report, arrivedAtUs, clockStepsUs = [] }: ArrivedReport,
  times: WrittenTimes = new Map(),
): ReportItem[] {
  const nodeAlias = reporterOf(report);
  const items = report.segments.map((reported): ReportItem => {
    const segment = withoutWraps(reported);
    const place = placeReportedPath(segment.path);
    const isMedia = isMediaClock(segment);
    const { dir } = place;
    const writtenAtUs = isMedia ? times.get(timesKey(nodeAlias, segment.path)) : undefined;
    return {
      stream: report.stream,
      nodeAlias,
      dir,
      segment,
      excessUs: reported.end_ts - segment.end_ts,
      place,
      arrivedAtUs,
      clockStepsUs,
      isMedia,
      writtenAtUs,
    };
  });
  const byFolder = new Map<string, ReportItem[]>();
  for (const item of items) {
    if (!item.isMedia) continue;
    const key = `${item.dir}\0${item.place.track}`;
    const group = byFolder.get(key);
    if (group) group.push(item);
    else byFolder.set(key, [item]);
  }
  for (const group of byFolder.values()) {
    const arrivals = arrivalsOf(
      group.map(({ excessUs, place, segment }) => ({
        seq: place.seq,
        mediaStartUs: segment.start_ts,
        mediaEndUs: segment.end_ts,
        excessUs,
      })),
      arrivedAtUs,
    );
    group.forEach((item, i) => {
      item.arrivedAtUs = arrivals[i] ?? arrivedAtUs;
    });
  }
  return items.sort((a, b) => a.arrivedAtUs - b.arrivedAtUs || a.segment.start_ts - b.segment.start_ts);
}
