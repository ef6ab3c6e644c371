import { readFile } from 'node:fs/promises';
import { request } from 'node:http';

/** One line of a capture of real nodes. */
export interface Exchange {
  readonly note: string;
  readonly request?: {
    readonly method: string;
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | null;
  };
  readonly response: CapturedResponse;
}

export interface CapturedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function readExchanges(file: string): Promise<Exchange[]> {
  const text = await readFile(file, 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line): Exchange => JSON.parse(line));
}

/** Sends a request with exactly these headers. */
export function send(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | null | undefined,
): Promise<CapturedResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const flat = Object.entries(incoming.headers).map(([key, value]) => [key, joined(value)]);
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: Object.fromEntries(flat), body: text });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body ?? undefined);
  });
}

function joined(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

/** Words that one run made up (ids, times, addresses), mapped to what they are in another run. */
export class Translation {
  readonly #words = new Map<string, string>();

  learn(captured: string, actual: string): void {
    this.#words.set(captured, actual);
  }

  translate(text: string): string {
    let result = text;
    // Long ones first: a record id is also the beginning of a time in microseconds.
    const words = [...this.#words].sort(([a], [b]) => b.length - a.length);
    for (const [captured, actual] of words) result = result.replaceAll(captured, actual);
    return result;
  }

  /** Walks two answers side by side and learns every id and time that later requests may name. */
  learnFrom(captured: unknown, actual: unknown): void {
    if (Array.isArray(captured) && Array.isArray(actual)) {
      const pairs = pairUp(captured, actual);
      for (const [a, b] of pairs) this.learnFrom(a, b);
    } else if (isObject(captured) && isObject(actual)) {
      for (const [key, value] of Object.entries(captured)) {
        const other = actual[key];
        if (['id', 'record_id'].includes(key) && typeof value === 'string' && typeof other === 'string') {
          // Stream names are the same in both runs.
          if (value.length >= 10) this.learn(value, other);
        } else if (key === 'last_ts' && typeof value === 'number' && typeof other === 'number') {
          this.learn(String(value), String(other));
          this.learn(String(value - 1), String(other - 1));
        } else {
          this.learnFrom(value, other);
        }
      }
    }
  }
}

/** Keys and types of an answer. Ids, names and times are not kept; flags, states and "is it zero" are. */
export function shapeOf(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return sortedById(value).map((each) => shapeOf(each));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each, name)]));
  }
  if (key === 'leaveAt') return value === 0 ? 'zero' : 'time';
  if (['state', 'status', 'recording', 'available', 'acked', 'deleted'].includes(key)) return value;
  return value === null ? 'null' : typeof value;
}

function sortedById(values: unknown[]): unknown[] {
  const nameOf = (value: unknown) => {
    if (!isObject(value)) return '';
    // Session ids differ between runs, stream names and codec kinds do not.
    const isSession = 'state' in value;
    return isSession ? String(value.createdAt) : String(value.stream ?? value.id ?? value.kind ?? '');
  };
  return [...values].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function pairUp(captured: unknown[], actual: unknown[]): [unknown, unknown][] {
  const [a, b] = [sortedById(captured), sortedById(actual)];
  return a.map((each, i) => [each, b[i]]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
