/** Where a text stands in a TOML file, its quotation marks included. */
export interface ValueSpan {
  /** Offsets into the file. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
}

/**
 * Finds every text value of a TOML file by its key path: `nodes[1].token`, `auth.tokens[0]`, inline tables too.
 *
 * For text that a real parser has accepted; whoever changes the file by it parses the result again.
 */
export function findTextValues(text: string): Map<string, ValueSpan> {
  return new Scanner(text).run();
}

const BARE_KEY = /[A-Za-z0-9_-]/;

class Scanner {
  readonly #found = new Map<string, ValueSpan>();
  readonly #counts = new Map<string, number>();
  #at = 0;
  #table = '';

  constructor(private readonly text: string) {}

  run(): Map<string, ValueSpan> {
    for (this.#skipBlank(); this.#at < this.text.length; this.#skipBlank()) {
      if (this.#peek() === '[') this.#readHeader();
      else this.#readAssignment(this.#table);
    }
    return this.#found;
  }

  #peek(length = 1): string {
    return this.text.slice(this.#at, this.#at + length);
  }

  /** Over spaces, line ends and comments. */
  #skipBlank(): void {
    for (;;) {
      if (/\s/.test(this.#peek())) this.#at += 1;
      else if (this.#peek() === '#') this.#skipLine();
      else return;
    }
  }

  #skipLine(): void {
    const end = this.text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.text.length : end + 1;
  }

  #readHeader(): void {
    const isList = this.#peek(2) === '[[';
    this.#at += isList ? 2 : 1;
    const parts = this.#readKey();
    this.#skipLine();
    this.#table = isList ? this.#nextElement(parts) : this.#current(parts);
  }

  /** `[a.b]` where `a` may be a list: its last element is meant. */
  #current(parts: readonly string[]): string {
    let path = '';
    for (const part of parts) {
      path = join(path, part);
      const count = this.#counts.get(path);
      if (count !== undefined) path = `${path}[${count - 1}]`;
    }
    return path;
  }

  #nextElement(parts: readonly string[]): string {
    const list = join(this.#current(parts.slice(0, -1)), parts.at(-1) ?? '');
    const count = this.#counts.get(list) ?? 0;
    this.#counts.set(list, count + 1);
    return `${list}[${count}]`;
  }

  #readAssignment(table: string): void {
    const parts = this.#readKey();
    this.#skipBlank();
    if (parts.length === 0 || this.#peek() !== '=') {
      this.#skipLine();
      return;
    }
    this.#at += 1;
    this.#readValue(parts.reduce(join, table));
  }

  /** The parts of a dotted key. */
  #readKey(): string[] {
    const parts: string[] = [];
    for (;;) {
      this.#skipSpaces();
      const mark = this.#peek();
      if (mark === '"' || mark === "'") {
        const { end, start } = this.#readText();
        parts.push(this.text.slice(start + 1, end - 1));
      } else {
        const start = this.#at;
        while (BARE_KEY.test(this.#peek())) this.#at += 1;
        if (this.#at === start) return parts;
        parts.push(this.text.slice(start, this.#at));
      }
      this.#skipSpaces();
      if (this.#peek() !== '.') return parts;
      this.#at += 1;
    }
  }

  #skipSpaces(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at += 1;
  }

  #readValue(path: string): void {
    this.#skipBlank();
    const mark = this.#peek();
    if (mark === '"' || mark === "'") this.#found.set(path, this.#readText());
    else if (mark === '[') this.#readList(path);
    else if (mark === '{') this.#readInlineTable(path);
    else while (this.#at < this.text.length && !/[,\]}#\r\n]/.test(this.#peek())) this.#at += 1;
  }

  #readList(path: string): void {
    this.#at += 1;
    for (let index = 0; ; index += 1) {
      this.#skipBlank();
      if (this.#ends(']')) return;
      const before = this.#at;
      this.#readValue(`${path}[${index}]`);
      this.#skipBlank();
      if (this.#peek() === ',') this.#at += 1;
      // Never stay in one place, whatever the file is.
      if (this.#at === before) this.#at += 1;
    }
  }

  #readInlineTable(path: string): void {
    this.#at += 1;
    for (;;) {
      this.#skipBlank();
      if (this.#ends('}')) return;
      const before = this.#at;
      this.#readAssignment(path);
      this.#skipBlank();
      if (this.#peek() === ',') this.#at += 1;
      if (this.#at === before) this.#at += 1;
    }
  }

  #ends(mark: string): boolean {
    if (this.#at < this.text.length && this.#peek() !== mark) return false;
    this.#at += 1;
    return true;
  }

  /** Goes over a text of any of the four kinds. */
  #readText(): ValueSpan {
    const start = this.#at;
    const mark = this.#peek();
    const quote = this.#peek(3) === mark.repeat(3) ? mark.repeat(3) : mark;
    this.#at += quote.length;
    while (this.#at < this.text.length && !this.text.startsWith(quote, this.#at)) {
      this.#at += mark === '"' && this.#peek() === '\\' ? 2 : 1;
    }
    this.#at += quote.length;
    // Up to two quotation marks may stand right before the closing three.
    while (quote.length === 3 && this.#peek() === mark) this.#at += 1;
    const line = this.text.slice(0, start).split('\n').length;
    return { start, end: this.#at, line };
  }
}

function join(parent: string, key: string): string {
  return parent === '' ? key : `${parent}.${key}`;
}
