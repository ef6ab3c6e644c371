/** Finds the line (from 1) of a key path such as `nodes[1].url`, or of the nearest table around it. */
export type LineFinder = (path: string) => number | undefined;

const KEY = `(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')`;
const DOTTED = `${KEY}(?:\\s*\\.\\s*${KEY})*`;
const HEADER = new RegExp(`^\\s*(\\[{1,2})\\s*(${DOTTED})\\s*\\]`);
const ASSIGNMENT = new RegExp(`^\\s*(${DOTTED})\\s*=(.*)$`);

/**
 * Notes on which line each key of a TOML file stands.
 *
 * This is no parser: it follows headers, keys and values over several lines as well as it must for messages, in
 * text that a real parser has accepted. Keys of inline tables are found at the line of the key that holds them.
 */
export function findKeyLines(text: string): LineFinder {
  const lines = new Map<string, number>();
  const counts = new Map<string, number>();
  let table = '';
  let open: ValueState = { quote: '', depth: 0 };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (open.quote !== '' || open.depth > 0) {
      open = scanValue(line, open);
      continue;
    }
    const note = (path: string) => {
      if (!lines.has(path)) lines.set(path, index + 1);
    };
    const header = HEADER.exec(line);
    if (header?.[1] && header[2]) {
      const parts = splitKey(header[2]);
      table = header[1] === '[[' ? nextElement(parts, counts) : currentPath(parts, counts);
      note(table);
      note(table.replace(/\[\d+\]$/, ''));
      continue;
    }
    const assignment = ASSIGNMENT.exec(line);
    if (!assignment?.[1]) continue;
    let path = table;
    for (const part of splitKey(assignment[1])) {
      path = path === '' ? part : `${path}.${part}`;
      note(path);
    }
    open = scanValue(assignment[2] ?? '', { quote: '', depth: 0 });
  }
  return (path) => {
    for (let known = path; known !== ''; known = known.replace(/(^|\.)[^.]*$/, '')) {
      const line = lines.get(known) ?? lines.get(known.replace(/\[\d+\]$/, ''));
      if (line !== undefined) return line;
    }
    return undefined;
  };
}

function splitKey(dotted: string): string[] {
  const parts = dotted.match(new RegExp(KEY, 'g')) ?? [];
  return parts.map((part) => part.replace(/^["']|["']$/g, ''));
}

/** The path of `[a.b]`, where `a` may be a list whose last element is meant. */
function currentPath(parts: string[], counts: Map<string, number>): string {
  let path = '';
  for (const part of parts) {
    path = path === '' ? part : `${path}.${part}`;
    const count = counts.get(path);
    if (count !== undefined) path = `${path}[${count - 1}]`;
  }
  return path;
}

/** The path of the element that `[[a.b]]` begins. */
function nextElement(parts: string[], counts: Map<string, number>): string {
  const parent = currentPath(parts.slice(0, -1), counts);
  const last = parts.at(-1) ?? '';
  const list = parent === '' ? last : `${parent}.${last}`;
  const count = counts.get(list) ?? 0;
  counts.set(list, count + 1);
  return `${list}[${count}]`;
}

/** Where a value that goes on over the next lines stands: inside a long text, or this deep in brackets. */
interface ValueState {
  quote: string;
  depth: number;
}

function scanValue(text: string, state: ValueState): ValueState {
  let { quote, depth } = state;
  for (let at = 0; at < text.length; at += 1) {
    if (quote !== '') {
      if (quote.startsWith('"') && text[at] === '\\') at += 1;
      else if (text.startsWith(quote, at)) {
        at += quote.length - 1;
        quote = '';
      }
      continue;
    }
    const character = text[at];
    if (character === '#') break;
    if (character === '"' || character === "'") {
      const long = character.repeat(3);
      quote = text.startsWith(long, at) ? long : character;
      at += quote.length - 1;
    } else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
  }
  // A text in single marks ends with its line.
  return { quote: quote.length === 3 ? quote : '', depth: Math.max(0, depth) };
}
