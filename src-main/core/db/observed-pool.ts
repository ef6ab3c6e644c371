import pg from 'pg';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { CopyQuery, CopyText } from './copy-in.ts';
import { toDatabaseError } from './database-errors.ts';
import { preparedName } from './prepared.ts';

/** What every query of a pool is watched with. */
export interface PoolObserver {
  clock: Clock;
  logger: Logger;
  /** For messages: `liveman@127.0.0.1:5432/liveman`. */
  place: string;
  slowQueryMs: number;
}

type Callback = (error: unknown, ...results: unknown[]) => void;
type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;
type AnyFunction = (...args: unknown[]) => unknown;

/**
 * A pool whose failures to reach the database are `database_unavailable`, whether they come while connecting or
 * in a query, and which logs slow queries by their text, never with values.
 *
 * The wrapping is done here and not in kysely, so that queries made on the pool or a client directly have it too.
 */
export class ObservedPool extends pg.Pool {
  readonly #clients = new Set<pg.PoolClient>();
  #isReadOnly = false;
  #shut: Error | null = null;

  constructor(
    config: pg.PoolConfig,
    private readonly observer: PoolObserver,
  ) {
    super(config);
    this.on('connect', (client) => {
      observeClient(client, observer);
      this.#clients.add(client);
      // Compiling a statement over a year of partitions takes longer than any of ours takes to run.
      client.query('set jit = off').catch(() => {});
      if (this.#isReadOnly) setReadOnly(client, true);
    });
    this.on('remove', (client) => this.#clients.delete(client));
    // Without a listener the loss of an idle connection would end the program.
    this.on('error', (error) => {
      // A server that is ended with us may be quicker than the connections, which are being closed.
      if (!this.ending)
        observer.logger.warn({ reason: error.message }, 'an idle database connection was lost');
    });
  }

  /** Whether statements that begin from now on may only read. */
  setReadOnly(isReadOnly: boolean): void {
    if (isReadOnly === this.#isReadOnly) return;
    this.#isReadOnly = isReadOnly;
    for (const client of this.#clients) setReadOnly(client, isReadOnly);
  }

  /** While it is shut nobody gets a connection, except over `anyway`. */
  shut(reason: Error | null): void {
    this.#shut = reason;
  }

  anyway(): Pick<pg.Pool, 'connect'> {
    const connect = (() => this.#connect()) as pg.Pool['connect'];
    return { connect };
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    if (this.#shut === null) return this.#connect(callback);
    if (!callback) return Promise.reject(this.#shut);
    callback(this.#shut, undefined, () => {});
    return undefined;
  }

  #connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    const connect = super.connect.bind(this) as AnyFunction;
    const answer = withMappedErrors(connect, callback ? [callback] : [], this.observer.place);
    return answer as Promise<pg.PoolClient> | undefined;
  }
}

/** A connection queues its statements, so what comes after this one is bound by it. */
function setReadOnly(client: pg.PoolClient, isReadOnly: boolean): void {
  const text = `set session characteristics as transaction ${isReadOnly ? 'read only' : 'read write'}`;
  // A connection that cannot take it is lost anyway.
  client.query(text).catch(() => {});
}

/** Wraps `query` of a new connection. */
function observeClient(client: pg.PoolClient, observer: PoolObserver): void {
  // The pool listens only while a connection is idle. A loss while it is used fails its query, and without a
  // listener would end the program besides.
  client.on('error', (error) =>
    observer.logger.debug({ reason: error.message }, 'a database connection was lost'),
  );
  const send = client.query.bind(client) as AnyFunction;
  const query: AnyFunction = (...args) => {
    const [text, values] = args as [unknown, unknown];
    const copied: unknown = Array.isArray(values) ? values[0] : undefined;
    if (copied instanceof CopyText) return sendCopy(send, String(text), copied);
    const name = typeof text === 'string' && Array.isArray(values) ? preparedName(text) : null;
    return name === null ? send(...args) : send({ name, text, values }, ...args.slice(2));
  };
  const observed: AnyFunction = (...args) => {
    const startedMs = observer.clock.monotonicMs();
    return withMappedErrors(query, args, observer.place, (error) => {
      const durationMs = Math.round(observer.clock.monotonicMs() - startedMs);
      if (durationMs > observer.slowQueryMs) {
        observer.logger.warn({ durationMs, query: queryName(args[0]) }, 'slow database query');
      }
      // The connection still waits for the answer that we gave up; as ended it is not used again.
      if (error instanceof Error && /query read timeout/i.test(error.message))
        void client.end().catch(() => {});
    });
  };
  client.query = observed as typeof client.query;
}

function sendCopy(send: AnyFunction, statement: string, text: CopyText): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onDone = (error: unknown, result?: unknown) => (error ? reject(error) : resolve(result));
    send(new CopyQuery(statement, text, onDone));
  });
}

/** Calls a function of `pg`, which answers through a last callback or a promise, with errors mapped. */
function withMappedErrors(
  call: AnyFunction,
  args: unknown[],
  place: string,
  onDone: (error: unknown) => void = () => {},
): unknown {
  const last = args.at(-1);
  if (typeof last === 'function') {
    const callback: Callback = (error, ...results) => {
      onDone(error);
      (last as Callback)(error ? toDatabaseError(error, place) : error, ...results);
    };
    return call(...args.slice(0, -1), callback);
  }
  const answer = call(...args);
  if (!(answer instanceof Promise)) return answer;
  return answer.then(
    (value: unknown) => {
      onDone(undefined);
      return value;
    },
    (error: unknown) => {
      onDone(error);
      throw toDatabaseError(error, place);
    },
  );
}

/** The name of a prepared statement, else the start of its text. */
function queryName(query: unknown): string {
  const config =
    typeof query === 'object' && query !== null ? (query as { name?: unknown; text?: unknown }) : {};
  if (typeof config.name === 'string') return config.name;
  const text = typeof query === 'string' ? query : String(config.text ?? '');
  return text.replace(/\s+/g, ' ').trim().slice(0, 300);
}
