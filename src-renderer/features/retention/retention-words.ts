import type {
  CountedAmount,
  RetentionRule,
  RetentionRun,
  StorageForecast,
} from '../../../src-shared/model/retention.ts';
import { US_PER_DAY, US_PER_HOUR } from '../../../src-shared/util/units.ts';
import { formatBytes, formatCounted } from '../../format/numbers.ts';
import { formatDate } from '../../format/times.ts';

const DAYS_PER_YEAR = 365;

/** A UTC day counted from 1970 as `20 May 2026`. */
export function dayText(day: number): string {
  return formatDate(day * US_PER_DAY, 'UTC');
}

/** `34.2 h`; below an hour in minutes. */
export function hoursText(durationUs: number): string {
  const hours = durationUs / US_PER_HOUR;
  return hours >= 1
    ? `${hours < 100 ? hours.toFixed(1) : Math.round(hours)} h`
    : `${Math.round(hours * 60)} min`;
}

/** `1,204 segments, 88.1 GB`. */
export function amountText({ bytes, segments }: CountedAmount): string {
  return `${formatCounted(segments, 'segment')}, ${formatBytes(bytes)}`;
}

/** What a rule says, for those that are not written here. */
export function limitsText({ keepDays, maxBytes }: Pick<RetentionRule, 'keepDays' | 'maxBytes'>): string {
  const parts = [
    ...(keepDays === null ? [] : [`${formatCounted(keepDays, 'day')}`]),
    ...(maxBytes === null ? [] : [`at most ${formatBytes(maxBytes)}`]),
  ];
  return parts.length === 0 ? 'everything is kept' : parts.join(', ');
}

/** `14 days`, `3 years`, `less than a day`; a dash where it cannot be told. */
export function daysText(days: number | null): string {
  if (days === null) return '–';
  if (days > 10 * DAYS_PER_YEAR) return 'more than 10 years';
  if (days > 2 * DAYS_PER_YEAR) return `${Math.floor(days / DAYS_PER_YEAR)} years`;
  return days < 1 ? 'less than a day' : formatCounted(Math.floor(days), 'day');
}

/** When the size limit of a rule is reached, or where it settles without one. */
export function outlookText(rule: StorageForecast['rules'][number]): string {
  if (rule.reachesLimitInDays === 0) return 'limit reached';
  if (rule.reachesLimitInDays !== null) return `limit in ${daysText(rule.reachesLimitInDays)}`;
  if (rule.settlesAtBytes !== null) return `settles at ${formatBytes(rule.settlesAtBytes)}`;
  return rule.growthBytesPerDay ? `${formatBytes(rule.growthBytesPerDay)} more a day` : '';
}

const RUN_WORDS: Readonly<Record<RetentionRun['state'], string>> = {
  running: 'Removing',
  done: 'Done',
  stopped: 'Interrupted, goes on with the next run',
  failed: 'Not all could be removed',
};

export function runWord(state: RetentionRun['state']): string {
  return RUN_WORDS[state];
}
