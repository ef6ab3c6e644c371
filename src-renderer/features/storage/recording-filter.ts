import type { QueryOf } from '../../../src-shared/contract/http-routes.ts';
import { RECORDING_STATUSES, type RecordingStatus } from '../../../src-shared/model/recording.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';

/** Which recordings are listed; null lets all through. */
export interface RecordingFilter {
  readonly stream: string | null;
  readonly node: string | null;
  readonly status: RecordingStatus | null;
  readonly time: TimeChoice;
  readonly isNewestFirst: boolean;
}

export const TIME_CHOICES = [
  { value: 'any', label: 'Any time' },
  { value: '1', label: 'Last 24 hours' },
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' },
] as const;
export type TimeChoice = (typeof TIME_CHOICES)[number]['value'];

export const STATUS_WORDS: Readonly<Record<RecordingStatus, string>> = {
  active: 'Running',
  completed: 'Complete',
  failed: 'Failed',
  unknown: 'Reported',
};

/** Reads the filter from the parameters of the view. */
export function parseFilter(query: URLSearchParams): RecordingFilter {
  const status = query.get('status');
  const time = query.get('time');
  return {
    stream: query.get('stream') || null,
    node: query.get('node') || null,
    status: RECORDING_STATUSES.find((each) => each === status) ?? null,
    time: TIME_CHOICES.find(({ value }) => value === time)?.value ?? 'any',
    isNewestFirst: query.get('order') !== 'oldest',
  };
}

/** The parameters of the view for a filter. */
export function filterParameters(filter: RecordingFilter): Record<string, string | undefined> {
  return {
    show: 'recordings',
    stream: filter.stream ?? undefined,
    node: filter.node ?? undefined,
    status: filter.status ?? undefined,
    time: filter.time === 'any' ? undefined : filter.time,
    order: filter.isNewestFirst ? undefined : 'oldest',
  };
}

/** What to ask the manager for. */
export function filterQuery(filter: RecordingFilter, nowUs: number): NonNullable<QueryOf<'listRecordings'>> {
  return {
    ...(filter.stream !== null && { stream: filter.stream }),
    ...(filter.node !== null && { node: filter.node }),
    ...(filter.status !== null && { status: filter.status }),
    ...(filter.time !== 'any' && { start_ts: Math.floor(nowUs - Number(filter.time) * US_PER_DAY) }),
    order: filter.isNewestFirst ? 'newest' : 'oldest',
  };
}

export function isFiltered(filter: RecordingFilter): boolean {
  return filter.stream !== null || filter.node !== null || filter.status !== null || filter.time !== 'any';
}
