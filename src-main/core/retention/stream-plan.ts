import type { RetentionRule } from '../../../src-shared/model/retention.ts';

/** What a rule wants to have removed of a stream. */
export interface StreamPlan {
  stream: string;
  rule: RetentionRule;
  limit: 'age' | 'size';
  /** Segments that end by then go, unless they are protected. */
  cutoffUs: number;
}

/** What a rule comes to, before anything is removed. */
export interface RulePlan {
  rule: RetentionRule;
  streams: string[];
  storedBytes: number;
  problem: string | null;
}

export interface RetentionPlan {
  rules: RulePlan[];
  /** Only streams that have something before their cutoff, by name. */
  streams: StreamPlan[];
}
