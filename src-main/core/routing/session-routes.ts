import { MS_PER_HOUR, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { isAbortError } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { parseStream } from '../nodes/parse-node-json.ts';
import type { NodeProxy } from './node-proxy.ts';
import type { PendingSessions } from './pending-sessions.ts';

export interface SessionRoutesOptions {
  readonly database: Database;
  readonly readSnapshots: () => readonly NodeSnapshot[];
  readonly pending: PendingSessions;
  readonly proxy: NodeProxy;
  readonly clock: Clock;
  readonly logger: Logger;
}

const KEPT_MS = 24 * MS_PER_HOUR;
const CLEAN_EVERY_MS = MS_PER_HOUR;
const ASK_TIMEOUT_MS = 3 * MS_PER_SECOND;
const ASK_AT_ONCE = 32;
const MAX_STREAM_BYTES = 4 * 1024 * 1024;

/**
 * Knows which node a session is on.
 *
 * Nodes' own lists count most; the table fills the time until they are read after a restart, and where both fail
 * the nodes are asked.
 */
export class SessionRoutes implements Closeable {
  readonly #stop = new AbortController();
  readonly #writes = new Set<Promise<void>>();
  readonly #cleaning: Promise<void>;

  constructor(private readonly options: SessionRoutesOptions) {
    this.#cleaning = this.#cleanUp();
  }

  /** The alias of the node that has the session, or null. Waits for nodes only if nothing else knows it. */
  async find(stream: string, session: string, signal: AbortSignal): Promise<string | null> {
    const { pending, readSnapshots } = this.options;
    const snapshots = readSnapshots();
    const known = pending.find(stream, session) ?? findListed(snapshots, stream, session);
    if (known !== null) return known;
    const stored = await this.#findStored(stream, session);
    if (stored !== null && snapshots.some(({ node }) => node.alias === stored)) return stored;
    return this.#askNodes(snapshots, stream, session, signal);
  }

  /** Writes a new session down, in the background: an answer does not wait for the database. */
  remember(stream: string, session: string, alias: string): void {
    const { clock, database } = this.options;
    const expires_at = new Date(clock.nowMs() + KEPT_MS);
    this.#write(async () => {
      await database.db
        .insertInto('session_routes')
        .values({ stream, session, node_alias: alias, expires_at })
        .onConflict((conflict) =>
          conflict.columns(['stream', 'session']).doUpdateSet({ node_alias: alias, expires_at }),
        )
        .execute();
    });
  }

  /** The session has ended. */
  forget(stream: string, session: string): void {
    this.options.pending.forget(stream, session);
    this.#write(async () => {
      await this.options.database.db
        .deleteFrom('session_routes')
        .where('stream', '=', stream)
        .where('session', '=', session)
        .execute();
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#cleaning;
    await Promise.all(this.#writes);
  }

  #write(work: () => Promise<void>): void {
    const write = work()
      .catch((error: unknown) => {
        this.options.logger.warn({ err: error }, 'A session could not be written down');
      })
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  async #findStored(stream: string, session: string): Promise<string | null> {
    // A session that was made just now may still be on its way into the table.
    await Promise.all(this.#writes);
    try {
      const row = await this.options.database.db
        .selectFrom('session_routes')
        .select('node_alias')
        .where('stream', '=', stream)
        .where('session', '=', session)
        .where('expires_at', '>', new Date(this.options.clock.nowMs()))
        .executeTakeFirst();
      return row?.node_alias ?? null;
    } catch (error) {
      this.options.logger.warn({ err: error }, 'Sessions cannot be read; the nodes are asked instead');
      return null;
    }
  }

  async #askNodes(
    snapshots: readonly NodeSnapshot[],
    stream: string,
    session: string,
    signal: AbortSignal,
  ): Promise<string | null> {
    const queue = snapshots.filter(({ health }) => isUsable(health.state) || health.state === 'unknown');
    const found = new AbortController();
    const either = AbortSignal.any([signal, found.signal]);
    let alias: string | null = null;
    const ask = async () => {
      for (let next = queue.shift(); next && alias === null; next = queue.shift()) {
        if (await this.#hasSession(next, stream, session, either)) {
          alias = next.node.alias;
          found.abort();
        }
      }
    };
    await Promise.all(Array.from({ length: ASK_AT_ONCE }, ask));
    signal.throwIfAborted();
    return alias;
  }

  async #hasSession(
    { node }: NodeSnapshot,
    stream: string,
    session: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      const path = `/api/streams/${encodeURIComponent(stream)}`;
      const reply = await this.options.proxy.call(node, {
        method: 'GET',
        path,
        timeoutMs: ASK_TIMEOUT_MS,
        signal,
      });
      const text = await reply.text(MAX_STREAM_BYTES);
      if (reply.status !== 200) return false;
      const { publish, subscribe } = parseStream(JSON.parse(text));
      return [...publish.sessions, ...subscribe.sessions].some(({ id }) => id === session);
    } catch (error) {
      if (!isAbortError(error)) {
        this.options.logger.debug(
          { err: error, alias: node.alias },
          'A node was asked for a session in vain',
        );
      }
      return false;
    }
  }

  async #cleanUp(): Promise<void> {
    const { clock, database, logger } = this.options;
    const { signal } = this.#stop;
    for (;;) {
      await clock.sleep(CLEAN_EVERY_MS, signal);
      if (signal.aborted) return;
      await database.db
        .deleteFrom('session_routes')
        .where('expires_at', '<=', new Date(clock.nowMs()))
        .execute()
        .catch((error: unknown) => logger.warn({ err: error }, 'Old sessions could not be deleted'));
    }
  }
}

/** The node that lists the session, publisher or viewer. */
function findListed(snapshots: readonly NodeSnapshot[], stream: string, session: string): string | null {
  for (const { node, streams } of snapshots) {
    const copy = streams.find((candidate) => candidate.id === stream);
    if (!copy) continue;
    const sessions = [...copy.publish.sessions, ...copy.subscribe.sessions];
    if (sessions.some(({ id }) => id === session)) return node.alias;
  }
  return null;
}
