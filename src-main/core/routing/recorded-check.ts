import { createStreamMatcher } from '../base/stream-matcher.ts';
import type { Config } from '../config/config-schema.ts';

/** Whether a stream is, or will be, recorded. */
export type RecordedCheck = (stream: string) => boolean;

/** By the patterns of automatic recording, while that is on. */
export function createPatternCheck(config: Config['auto_record']): RecordedCheck {
  if (!config.enabled) return () => false;
  return createStreamMatcher(config.auto_streams);
}
