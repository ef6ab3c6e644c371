/** What one character of a name, or with `*` any number of them, has to be. */
type Step = '*' | ((character: string) => boolean);

const ANY = () => true;

/**
 * Whether a stream name matches one of the patterns, as upstream's globs do: `*` is any text, also of several parts, `?`
 * any character, `[a-f]` one of these and `[!a-f]` one that is none of these. Everything else stands for itself, also a
 * `!` at the beginning. Nothing matches an empty list, nor an empty pattern.
 */
export function createStreamMatcher(patterns: readonly string[]): (stream: string) => boolean {
  if (patterns.includes('*')) return (stream) => stream !== '';
  const compiled = patterns.filter((pattern) => pattern !== '').map(stepsOf);
  return (stream) => {
    if (stream === '') return false;
    const characters = [...stream];
    return compiled.some((steps) => fits(steps, characters));
  };
}

/** Only the last star is ever tried again, so that no pattern takes long. */
function fits(steps: readonly Step[], characters: readonly string[]): boolean {
  let step = 0;
  let at = 0;
  let starStep = -1;
  let starAt = 0;
  while (at < characters.length) {
    const wanted = steps[step];
    if (wanted === '*') {
      starStep = step;
      starAt = at;
      step += 1;
    } else if (wanted?.(characters[at] ?? '')) {
      step += 1;
      at += 1;
    } else if (starStep >= 0) {
      step = starStep + 1;
      starAt += 1;
      at = starAt;
    } else {
      return false;
    }
  }
  return steps.slice(step).every((rest) => rest === '*');
}

function stepsOf(pattern: string): Step[] {
  const steps: Step[] = [];
  for (let rest = pattern; rest !== ''; ) {
    // A bracket may itself be the first one of a class.
    const [set, not, members] = /^\[(!?)(\]?[^\]]*)\]/u.exec(rest) ?? [];
    if (set !== undefined && members) {
      const isMember = memberOf([...members]);
      steps.push(not ? (character) => !isMember(character) : isMember);
      rest = rest.slice(set.length);
      continue;
    }
    const [first = ''] = rest;
    steps.push(first === '*' ? '*' : first === '?' ? ANY : (character) => character === first);
    rest = rest.slice(first.length);
  }
  return steps;
}

/** Single characters and ranges. */
function memberOf(members: readonly string[]): (character: string) => boolean {
  const ranges: [from: string, to: string][] = [];
  for (let i = 0; i < members.length; i += 1) {
    const [from = '', dash, to] = members.slice(i, i + 3);
    const isRange = dash === '-' && to !== undefined;
    ranges.push([from, isRange ? to : from]);
    if (isRange) i += 2;
  }
  const code = (character: string) => character.codePointAt(0) ?? 0;
  return (character) =>
    ranges.some(([from, to]) => code(from) <= code(character) && code(character) <= code(to));
}
