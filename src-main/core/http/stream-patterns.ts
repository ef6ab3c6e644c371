import { createStreamMatcher } from '../base/stream-matcher.ts';

/** Compiled lists; a list is the same object as long as its account is not changed. */
const compiled = new WeakMap<readonly string[], (stream: string) => boolean>();

/** Whether a stream name matches one of the patterns, see `createStreamMatcher`. */
export function matchesAny(patterns: readonly string[], stream: string): boolean {
  let isMatch = compiled.get(patterns);
  if (!isMatch) {
    isMatch = createStreamMatcher(patterns);
    compiled.set(patterns, isMatch);
  }
  return isMatch(stream);
}
