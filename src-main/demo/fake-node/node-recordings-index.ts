import { type Clock, nowUs } from '../../core/base/clock.ts';
import { type NodeCall, queryNumber, readJson, reply, requiredQueryNumber, wrongShape } from './node-http.ts';
import type { Route } from './node-router.ts';

/** A row of the node's own index; times in microseconds since the epoch. */
export interface RecordingRow {
  readonly record: string;
  readonly stream: string;
  readonly recordDir: string;
  readonly startUs: number;
  endUs: number | null;
  status: 'Active' | 'Completed' | 'Failed' | 'Acked';
  updatedUs: number;
}

interface RecordingKey {
  readonly stream: string;
  readonly record: string;
}

/** The recordings a node knows it made. */
export class RecordingsIndex {
  readonly #rows = new Map<string, RecordingRow>();
  #lastUpdateUs = 0;

  constructor(readonly clock: Clock) {}

  /** Adds a recording that has begun. */
  begin(row: { record: string; stream: string; recordDir: string; startUs: number }): void {
    const key = keyOf(row);
    this.#rows.set(key, { ...row, endUs: null, status: 'Active', updatedUs: this.#stamp() });
  }

  /** Marks it as ended; it will be listed once more. Nothing happens when its row was deleted. */
  complete(key: RecordingKey, endUs: number, status: 'Completed' | 'Failed' = 'Completed'): void {
    const row = this.#rows.get(keyOf(key));
    if (row) Object.assign(row, { endUs, status, updatedUs: this.#stamp() });
  }

  /** Rows changed strictly after `sinceUs` and not acknowledged, by time of change. */
  list(filter: { stream?: string | undefined; sinceUs?: number | undefined; limit: number }): RecordingRow[] {
    return [...this.#rows.values()]
      .filter((row) => row.status !== 'Acked')
      .filter((row) => filter.stream === undefined || row.stream === filter.stream)
      .filter((row) => filter.sinceUs === undefined || row.updatedUs > filter.sinceUs)
      .sort((a, b) => a.updatedUs - b.updatedUs)
      .slice(0, filter.limit === 0 ? 100 : filter.limit);
  }

  /** Every row, acknowledged ones too. */
  all(): RecordingRow[] {
    return [...this.#rows.values()];
  }

  /** Acknowledges rows in any state; answers how many there were. */
  acknowledge(keys: readonly RecordingKey[]): number {
    const rows = keys.map((key) => this.#rows.get(keyOf(key))).filter((row) => row !== undefined);
    for (const row of rows) Object.assign(row, { status: 'Acked', updatedUs: this.#stamp() });
    return rows.length;
  }

  /** Removes acknowledged rows; answers how many there were. Media stay. */
  remove(keys: readonly RecordingKey[]): number {
    return keys.filter((key) => {
      const isAcked = this.#rows.get(keyOf(key))?.status === 'Acked';
      return isAcked && this.#rows.delete(keyOf(key));
    }).length;
  }

  /** A time of change that no other row has. */
  #stamp(): number {
    this.#lastUpdateUs = Math.max(this.#lastUpdateUs + 1, nowUs(this.clock));
    return this.#lastUpdateUs;
  }
}

/** `/api/recordings` of v0.9.0 and newer. */
export function recordingsIndexRoute(index: RecordingsIndex): Route {
  return {
    pattern: '/api/recordings',
    methods: {
      GET: ({ query }) => {
        const rows = index.list({
          limit: requiredQueryNumber(query, 'limit'),
          sinceUs: queryNumber(query, 'since_ts'),
          stream: query.get('stream') ?? undefined,
        });
        return reply.json({ sessions: rows.map(sessionJson), last_ts: rows.at(-1)?.updatedUs ?? null });
      },
      PATCH: async (call) => reply.json({ acked: index.acknowledge(await readKeys(call)) }),
      DELETE: async (call) => reply.json({ deleted: index.remove(await readKeys(call)) }),
    },
  };
}

const SESSIONS_PER_STREAM = 100;

/** `/api/records/pull` of the SESS generation, which asks for no token and knows the newest of each stream. */
export function sessionsRoute(index: RecordingsIndex): Route {
  return {
    pattern: '/api/records/pull',
    isOpen: true,
    methods: {
      GET: ({ query }) => {
        const stream = query.get('stream') ?? undefined;
        const sinceUs = queryNumber(query, 'since_ts') ?? 0;
        const streams = new Set(index.all().map((row) => row.stream));
        const newest = [...streams].flatMap((name) =>
          index
            .all()
            .filter((row) => row.stream === name)
            .slice(-SESSIONS_PER_STREAM),
        );
        const rows = newest
          .filter((row) => (stream === undefined || row.stream === stream) && row.startUs >= sinceUs)
          .slice(0, queryNumber(query, 'limit') ?? SESSIONS_PER_STREAM);
        const times = rows.map((row) => row.endUs ?? row.startUs);
        const sessions = rows.map((row) => ({ ...sessionJson(row), id: undefined }));
        return reply.json({ sessions, last_ts: times.length === 0 ? null : Math.max(...times) });
      },
    },
  };
}

/** Where the manifest of a recording is, relative to the storage root. */
export function manifestPath(row: { recordDir: string }): string {
  return `${row.recordDir}/manifest.mpd`;
}

/** Length of a recording from start to stop, null while it goes on. */
export function durationMs(row: RecordingRow): number | null {
  return row.endUs === null ? null : Math.floor((row.endUs - row.startUs) / 1000);
}

function sessionJson(row: RecordingRow): object {
  return {
    id: row.record,
    stream: row.stream,
    start_ts: row.startUs,
    end_ts: row.endUs,
    duration_ms: durationMs(row),
    mpd_path: manifestPath(row),
    status: row.status,
  };
}

async function readKeys(call: NodeCall): Promise<RecordingKey[]> {
  const { records } = await readJson(call, ['records']);
  if (!Array.isArray(records)) throw wrongShape('invalid type, expected a sequence');
  return records.map(({ stream, record }) => {
    if (typeof stream !== 'string') throw wrongShape('missing field `stream`');
    if (typeof record !== 'string') throw wrongShape('missing field `record`');
    return { stream, record };
  });
}

function keyOf({ stream, record }: RecordingKey): string {
  return `${stream}/${record}`;
}
