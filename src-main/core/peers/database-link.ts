import type pg from 'pg';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';

/** One connection of the link, from its making to its loss. */
export interface LinkSession {
  readonly client: Pick<pg.Client, 'query'>;
  /** Aborts when the connection is lost. */
  readonly signal: AbortSignal;
}

/** What goes on over the link. A failure of `onConnect` or `onBeat` ends the connection. */
export interface LinkTask {
  onConnect?(session: LinkSession): Promise<void>;
  /** About once a second. */
  onBeat?(session: LinkSession): Promise<void>;
  /** The connection is gone; the next one is made when this has resolved. */
  onLoss?(): Promise<void>;
  /** The program ends and the connection is still there. */
  onLeave?(session: LinkSession): Promise<void>;
}

export interface DatabaseLinkOptions {
  readonly database: Pick<Database, 'createClient'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export const LINK_CHANNEL = 'liveman';

const BEAT_MS = MS_PER_SECOND;
/** A server that does not answer a statement of a row or two for so long is lost to us. */
const STATEMENT_LIMIT_MS = 3 * MS_PER_SECOND;
const CONNECT_LIMIT_MS = 5 * MS_PER_SECOND;
const FIRST_PAUSE_MS = 200;
const LAST_PAUSE_MS = 2 * MS_PER_SECOND;

/**
 * One connection of its own to the database: it hears what other managers tell, beats once a second, and is made
 * anew when it is lost.
 *
 * Advisory locks taken on it are gone with it.
 */
export class DatabaseLink implements Closeable {
  readonly #tasks: LinkTask[] = [];
  readonly #listeners = new Set<(message: string) => void>();
  readonly #stop = new AbortController();
  #pause = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #drop: (reason: string) => void = () => {};

  constructor(private readonly options: DatabaseLinkOptions) {}

  /** Tasks are served in the order they were added. Add them before `start`. */
  add(task: LinkTask): void {
    this.#tasks.push(task);
  }

  /** Calls `listener` with each message on the channel, our own included. */
  onMessage(listener: (message: string) => void): void {
    this.#listeners.add(listener);
  }

  /** Connects, and goes on trying. */
  start(): void {
    this.#loop = this.#run();
  }

  /** Beats at once instead of within a second. */
  hurry(): void {
    this.#pause.abort();
  }

  /** Ends the connection that is there now; another one is made. */
  drop(reason: string): void {
    this.#drop(reason);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#pause.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.options;
    const { signal } = this.#stop;
    let pauseMs = FIRST_PAUSE_MS;
    let isTold = false;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      const reason = await this.#serve();
      if (signal.aborted) return;
      if (!isTold) logger.warn({ reason }, 'The link to the database is lost; it is made anew');
      const wasUp = clock.monotonicMs() - startedMs > LAST_PAUSE_MS;
      isTold = !wasUp;
      pauseMs = wasUp ? FIRST_PAUSE_MS : Math.min(LAST_PAUSE_MS, pauseMs * 2);
      await clock.sleep(pauseMs, signal);
    }
  }

  /** Serves one connection; resolves to why it ended. */
  async #serve(): Promise<string> {
    const { database, logger } = this.options;
    const lost = new AbortController();
    const client = database.createClient({
      connectTimeoutMs: CONNECT_LIMIT_MS,
      statementTimeoutMs: STATEMENT_LIMIT_MS,
    });
    let reason = 'it was closed';
    const lose = (why: string) => {
      if (lost.signal.aborted) return;
      reason = why;
      lost.abort();
      this.#pause.abort();
    };
    this.#drop = lose;
    client.on('error', (error) => lose(errorMessage(error)));
    client.on('end', () => lose('the server ended it'));
    client.on('notification', ({ payload }) => {
      if (payload !== undefined) for (const listener of this.#listeners) listener(payload);
    });
    const session: LinkSession = { client, signal: lost.signal };
    try {
      await client.connect();
      await client.query(SET_UP);
      for (const task of this.#tasks) await task.onConnect?.(session);
      await this.#beat(session);
      if (!lost.signal.aborted) for (const task of this.#tasks) await task.onLeave?.(session);
    } catch (error) {
      lose(errorMessage(error));
    }
    lost.abort();
    for (const task of this.#tasks) {
      await task
        .onLoss?.()
        .catch((error: unknown) => logger.error({ err: error }, 'The link cannot be left'));
    }
    await endClient(client);
    return reason;
  }

  async #beat(session: LinkSession): Promise<void> {
    while (!this.#stop.signal.aborted && !session.signal.aborted) {
      this.#pause = new AbortController();
      for (const task of this.#tasks) {
        if (session.signal.aborted) return;
        await task.onBeat?.(session);
      }
      if (this.#stop.signal.aborted || session.signal.aborted) return;
      await this.options.clock.sleep(BEAT_MS, this.#pause.signal);
    }
  }
}

/** A beat need not be on disk, and a dead computer is noticed within seconds, not hours. */
const SET_UP = `
  set synchronous_commit = off;
  set tcp_keepalives_idle = 5;
  set tcp_keepalives_interval = 2;
  set tcp_keepalives_count = 3;
  listen ${LINK_CHANNEL};
`;

const END_LIMIT_MS = MS_PER_SECOND;

/** A server that hangs does not answer the goodbye either. */
async function endClient(client: pg.Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, END_LIMIT_MS);
  });
  await Promise.race([client.end().catch(() => {}), limit]);
  clearTimeout(timer);
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
