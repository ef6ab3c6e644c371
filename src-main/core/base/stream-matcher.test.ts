import { expect, it } from 'vitest';
import { createStreamMatcher } from './stream-matcher.ts';

it.each<[string[], string[], string[]]>([
  [['*'], ['cam1', '.hidden', 'yard/cam 1', 'ä\nb'], ['']],
  [['cam?'], ['cam1', 'camä', 'cam😀'], ['cam', 'cam10']],
  [['cam[12]'], ['cam1', 'cam2'], ['cam3', 'cam']],
  [['cam[!0]'], ['cam1', 'cam!'], ['cam0', 'cam']],
  [['cam[0-3x]'], ['cam2', 'camx'], ['cam4', 'cam-']],
  [
    ['cam[a-]', 'hall[]]'],
    ['cam-', 'cama', 'hall]'],
    ['camb', 'hall'],
  ],
  // Only what stands in brackets can be none of something.
  [
    ['hall*', '!hall9'],
    ['hall1', 'hall9', '!hall9'],
    ['private', 'cam1'],
  ],
  [['yard*', 'gate*'], ['yard', 'gate-north'], ['the yard']],
  [
    ['a.b', '(x)', '{a,b}', 'c+', 'd|e', 'f\\g', '^h$'],
    ['a.b', '(x)', '{a,b}', 'c+', 'd|e', 'f\\g', '^h$'],
    ['axb', 'x', 'a', 'cc', 'd', 'h'],
  ],
  [
    ['cam[', 'x[]', 'y[!]'],
    ['cam[', 'x[]', 'y[!]'],
    ['cam', 'x', 'ya'],
  ],
  [['cam[9-0]'], [], ['cam9', 'cam0', 'cam-', 'cam5']],
  [['*cam*', '**'], ['my cam 1', 'x'], ['']],
  [['', 'cam1'], ['cam1'], ['', 'x']],
  [[''], [], ['', 'x']],
  [[], [], ['', 'x']],
])('%j matches %j and not %j', (patterns, matching, others) => {
  const isMatch = createStreamMatcher(patterns);
  expect(matching.filter((stream) => !isMatch(stream))).toEqual([]);
  expect(others.filter((stream) => isMatch(stream))).toEqual([]);
});

it('answers soon whatever the pattern', () => {
  const isMatch = createStreamMatcher([`${'*a'.repeat(20)}*b`]);
  expect(isMatch('a'.repeat(5000))).toBe(false);
});
