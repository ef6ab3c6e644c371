import type {
  RetentionPreview,
  RetentionRule,
  RetentionStreamPreview,
} from '../../../src-shared/model/retention.ts';
import type { Database } from '../db/database.ts';
import { add, countRemovable } from './count-removable.ts';
import { planRetention } from './plan-retention.ts';
import { recordedTime } from './recorded-time.ts';

/** More streams are summed up, not listed. */
const MAX_STREAMS = 500;

/** What the rules would remove now, per stream and day, and what they would but may not. Changes nothing. */
export async function previewRetention(
  database: Database,
  rules: readonly RetentionRule[],
  nowUs: number,
  signal?: AbortSignal,
): Promise<RetentionPreview> {
  const plan = await planRetention(database, rules, nowUs, signal);
  const bytesOf = new Map(rules.map(({ id }) => [id, 0]));
  const preview: RetentionPreview = {
    segments: 0,
    durationUs: 0,
    bytes: 0,
    madeAtMs: nowUs / 1000,
    rules: [],
    streams: [],
    isComplete: true,
  };
  for (const { cutoffUs, limit, rule, stream } of plan.streams) {
    const { days, kept, protections, ...sum } = await countRemovable(
      database,
      stream,
      cutoffUs,
      nowUs,
      signal,
    );
    if (sum.segments === 0 && kept.length === 0) continue;
    const timeOf = await recordedTime(database, stream, cutoffUs, protections, signal);
    const durationUs = [...timeOf.values()].reduce((all, dayUs) => all + dayUs, 0);
    add(preview, sum);
    preview.durationUs += durationUs;
    bytesOf.set(rule.id, (bytesOf.get(rule.id) ?? 0) + sum.bytes);
    const entry: RetentionStreamPreview = {
      stream,
      ruleId: rule.id,
      limit,
      cutoffUs,
      ...sum,
      durationUs,
      days: days.map((day) => ({ ...day, durationUs: timeOf.get(day.day) ?? 0 })),
      kept,
    };
    if (preview.streams.length < MAX_STREAMS) preview.streams.push(entry);
    else preview.isComplete = false;
  }
  preview.rules = plan.rules.map(({ problem, rule, storedBytes, streams }) => ({
    ruleId: rule.id,
    streamCount: streams.length,
    storedBytes,
    bytes: bytesOf.get(rule.id) ?? 0,
    problem,
  }));
  return preview;
}
