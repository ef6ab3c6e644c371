import picomatch from 'picomatch';

/** Compiled lists; a list is the same object as long as its account is not changed. */
const compiled = new WeakMap<readonly string[], (stream: string) => boolean>();

/** Whether a stream name matches one of the patterns: `*` stands for any text, also of several parts. */
export function matchesAny(patterns: readonly string[], stream: string): boolean {
  let isMatch = compiled.get(patterns);
  if (!isMatch) {
    isMatch = patterns.length === 0 ? () => false : picomatch([...patterns], { dot: true, bash: true });
    compiled.set(patterns, isMatch);
  }
  // The matcher wants a text with at least one character.
  return stream !== '' && isMatch(stream);
}
