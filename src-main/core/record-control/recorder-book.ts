import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';

/** What is known of the recording of one stream on one node; monotonic times unless said otherwise. */
export interface RecorderState {
  readonly alias: string;
  readonly stream: string;
  wish: 'operator' | 'stopped' | null;
  /** What the node said last; null when it was not asked. */
  isRecording: boolean | null;
  /** When `isRecording` became true. */
  recordingSinceMs: number;
  /** Wall clock of the start, milliseconds since the Unix epoch; null when it is not known. */
  startMs: number | null;
  recordDir: string | null;
  checkedMs: number;
  /** Session of the publisher it was seen with. */
  publisher: string | null;
  /** When the publisher was gone first; null while it is there. */
  goneMs: number | null;
  failures: number;
  retryMs: number;
  /** Why the last call failed, in words; null when it did not. */
  reason: string | null;
}

interface Unsaved {
  readonly alias: string;
  readonly stream: string;
  /** An operator's word, not only what was seen. */
  readonly isWish: boolean;
}

/** States by node and stream; what must outlive a restart is written to `recorders`. */
export class RecorderBook {
  /** By alias, then stream: tens of thousands are looked at every two seconds. */
  readonly #states = new Map<string, Map<string, RecorderState>>();
  readonly #unsaved = new Map<string, Unsaved>();

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  /** Takes over what is written, except where something of ours is still to be. Throws `database_unavailable`. */
  async load(): Promise<void> {
    const rows = await this.database.db.selectFrom('recorders').selectAll().execute();
    const written = new Map(rows.map((row) => [keyOf(row.node_alias, row.stream), row]));
    for (const state of this.all()) {
      const key = keyOf(state.alias, state.stream);
      if (written.has(key) || this.#unsaved.has(key)) continue;
      Object.assign(state, { wish: null, startMs: null, recordDir: null });
    }
    for (const [key, row] of written) {
      if (this.#unsaved.has(key)) continue;
      const state = this.of(row.node_alias, row.stream);
      state.wish = row.wish;
      state.startMs = row.start_ms;
      state.recordDir = row.record_dir;
    }
  }

  /** The state, made now if there is none. */
  of(alias: string, stream: string): RecorderState {
    const known = this.find(alias, stream);
    if (known) return known;
    const state: RecorderState = {
      alias,
      stream,
      wish: null,
      isRecording: null,
      recordingSinceMs: 0,
      startMs: null,
      recordDir: null,
      checkedMs: Number.NEGATIVE_INFINITY,
      publisher: null,
      goneMs: null,
      failures: 0,
      retryMs: Number.NEGATIVE_INFINITY,
      reason: null,
    };
    const states = this.#states.get(alias) ?? new Map<string, RecorderState>();
    this.#states.set(alias, states.set(stream, state));
    return state;
  }

  find(alias: string, stream: string): RecorderState | undefined {
    return this.#states.get(alias)?.get(stream);
  }

  all(): RecorderState[] {
    return [...this.#states.values()].flatMap((states) => [...states.values()]);
  }

  /** All of one node. */
  ofNode(alias: string): Iterable<RecorderState> {
    return this.#states.get(alias)?.values() ?? [];
  }

  drop(state: RecorderState): void {
    const states = this.#states.get(state.alias);
    states?.delete(state.stream);
    if (states?.size === 0) this.#states.delete(state.alias);
    if (state.wish !== null || state.startMs !== null) this.saveLater(state);
  }

  /** Remembers that the state has to be written. */
  saveLater({ alias, stream }: RecorderState, { isWish = false } = {}): void {
    const key = keyOf(alias, stream);
    this.#unsaved.set(key, { alias, stream, isWish: isWish || this.#unsaved.get(key)?.isWish === true });
  }

  /** Leaves it to another manager to write what was only seen. */
  forgetSeen(): void {
    for (const [key, { isWish }] of this.#unsaved) if (!isWish) this.#unsaved.delete(key);
  }

  /** Writes what changed; what cannot be written now is kept for the next call. */
  async save(): Promise<void> {
    for (const [key, unsaved] of [...this.#unsaved]) {
      const { alias, stream } = unsaved;
      const state = this.find(alias, stream);
      try {
        await this.#write(alias, stream, state);
        // What changed meanwhile is still to be written.
        if (this.#unsaved.get(key) === unsaved) this.#unsaved.delete(key);
      } catch (error) {
        this.logger.warn(
          { reason: errorMessage(error) },
          'The record of recordings cannot be written now; it is tried again',
        );
        return;
      }
    }
  }

  async #write(alias: string, stream: string, state: RecorderState | undefined): Promise<void> {
    const { db } = this.database;
    if (!state || (state.wish === null && state.startMs === null)) {
      await db.deleteFrom('recorders').where('node_alias', '=', alias).where('stream', '=', stream).execute();
      return;
    }
    const row = {
      node_alias: alias,
      stream,
      wish: state.wish,
      start_ms: state.startMs,
      record_dir: state.recordDir,
    };
    await db
      .insertInto('recorders')
      .values(row)
      .onConflict((conflict) => conflict.columns(['node_alias', 'stream']).doUpdateSet(row))
      .execute();
  }
}

function keyOf(alias: string, stream: string): string {
  return JSON.stringify([alias, stream]);
}
