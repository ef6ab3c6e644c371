import type { RetentionRule, RetentionRuleInput } from '../../../src-shared/model/retention.ts';

/** A rule while it is being written: what stands in its fields. */
export interface RuleDraft {
  /** Of this list only. */
  readonly key: number;
  /** Patterns with commas or blanks between. */
  readonly streams: string;
  readonly days: string;
  readonly gigabytes: string;
}

const BYTES_PER_GB = 1e9;
const MAX_DAYS = 36_500;
const MAX_GB = 9_000_000;

let nextKey = 1;

/** An empty rule. */
export function newDraft(): RuleDraft {
  return { key: nextKey++, streams: '', days: '', gigabytes: '' };
}

/** The rules that were made in the window, ready to be changed. */
export function draftsOf(rules: readonly RetentionRule[]): RuleDraft[] {
  return rules
    .filter(({ source }) => source === 'window')
    .map(({ keepDays, maxBytes, streams }) => ({
      key: nextKey++,
      streams: streams.join(', '),
      days: keepDays === null ? '' : String(keepDays),
      gigabytes: maxBytes === null ? '' : String(maxBytes / BYTES_PER_GB),
    }));
}

/** What is wrong with a field, in words; null where nothing is. */
export interface DraftProblems {
  readonly streams: string | null;
  readonly days: string | null;
  readonly gigabytes: string | null;
}

export function problemsOf({ days, gigabytes, streams }: RuleDraft): DraftProblems {
  const isDays = days.trim() === '' || (/^\d+$/.test(days.trim()) && within(Number(days), MAX_DAYS));
  const isSize = gigabytes.trim() === '' || within(Number(gigabytes.replace(',', '.')), MAX_GB);
  return {
    streams: patternsOf(streams).length > 0 ? null : 'Name streams, or * for all.',
    days: isDays ? null : `Whole days, 1 to ${MAX_DAYS}.`,
    gigabytes: isSize ? null : 'Gigabytes, above 0.',
  };
}

/** The first problem of the rules, with the place of its rule (`first` is that of the first draft). */
export function firstProblem(drafts: readonly RuleDraft[], first: number): string | null {
  for (const [index, draft] of drafts.entries()) {
    const problem = Object.values(problemsOf(draft)).find((each) => each !== null);
    if (problem) return `Rule ${first + index}: ${problem}`;
  }
  return null;
}

function within(value: number, most: number): boolean {
  return Number.isFinite(value) && value > 0 && value <= most;
}

function patternsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((pattern) => pattern !== '');
}

/** The rules as they would be saved; null while one cannot be. */
export function toInputs(drafts: readonly RuleDraft[]): RetentionRuleInput[] | null {
  const isGood = drafts.every((draft) =>
    Object.values(problemsOf(draft)).every((problem) => problem === null),
  );
  if (!isGood) return null;
  return drafts.map(({ days, gigabytes, streams }) => ({
    streams: patternsOf(streams),
    keepDays: days.trim() === '' ? null : Number(days),
    maxBytes: gigabytes.trim() === '' ? null : Math.round(Number(gigabytes.replace(',', '.')) * BYTES_PER_GB),
  }));
}

/** Whether saving the drafts would change anything. */
export function isChanged(drafts: readonly RuleDraft[], rules: readonly RetentionRule[]): boolean {
  const plain = (list: readonly Omit<RuleDraft, 'key'>[]) =>
    JSON.stringify(list.map(({ days, gigabytes, streams }) => [streams, days, gigabytes]));
  return plain(drafts) !== plain(draftsOf(rules));
}

/** The list with an entry one place up (-1) or down (1). */
export function moved<T>(list: readonly T[], index: number, by: -1 | 1): readonly T[] {
  const [entry, other] = [list[index], list[index + by]];
  if (entry === undefined || other === undefined) return list;
  return list.map((each, at) => (at === index ? other : at === index + by ? entry : each));
}
