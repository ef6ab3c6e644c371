import type { ReplyOf } from '../../../src-shared/contract/http-routes.ts';
import { api } from '../../api/client.ts';
import { type Reading, useReading } from '../../stores/use-reading.ts';

export const SPAN_DAYS = ['14', '30', '90'] as const;
/** How many days are looked at, as a choice has it. */
export type SpanDays = (typeof SPAN_DAYS)[number];

export type Usage = ReplyOf<'getUsage'>;

const REFRESH_MS = 30_000;

/** Sizes per stream and day of the last days, kept up to date. */
export function useUsage(days: SpanDays): Reading<Usage> {
  return useReading(
    days,
    (signal) => api.call('getUsage', { query: { days: Number(days) }, signal }),
    REFRESH_MS,
  );
}
