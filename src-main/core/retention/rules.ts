import type { RetentionRule } from '../../../src-shared/model/retention.ts';
import { createStreamMatcher } from '../base/stream-matcher.ts';
import type { Config } from '../config/config-schema.ts';

const BYTES_PER_GB = 1e9;

/** The rules of liveman.toml as the window shows them. */
export function fileRules(config: Config['retention']): RetentionRule[] {
  return config.map((rule, index) => ({
    id: `file-${index + 1}`,
    source: 'file',
    streams: rule.streams,
    keepDays: rule.keep_days || null,
    maxBytes: rule.max_bytes || rule.max_gb * BYTES_PER_GB || null,
    updatedBy: '',
    updatedAtMs: null,
  }));
}

/** The rule of a stream: the first that matches; undefined where all of it is kept. */
export type RuleFinder = (stream: string) => RetentionRule | undefined;

/** Rules in the order they are tried. */
export function createRuleFinder(rules: readonly RetentionRule[]): RuleFinder {
  const matchers = rules.map((rule) => ({
    rule,
    isMatch: createStreamMatcher(rule.streams),
  }));
  return (stream) => matchers.find(({ isMatch }) => isMatch(stream))?.rule;
}
