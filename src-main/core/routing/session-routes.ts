import type { Stream } from '../../../src-shared/model/node-json.ts';
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { orAbort, timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage, isAbortError } from '../base/errors.ts';
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

export interface SessionPlace {
  readonly alias: string;
  /** What the session does; null where only the table knows it. */
  readonly kind: SessionKind | null;
}

export type SessionKind = 'publish' | 'play';

/** A viewer on a wall watches for days, and then still may end what is its own. */
const KEPT_MS = 7 * MS_PER_DAY;
const MAX_OWNERS = 20_000;
const CLEAN_EVERY_MS = MS_PER_HOUR;
/** Longer than a healthy database ever takes; a hung one shall not keep a client waiting. */
const STORED_MS = MS_PER_SECOND;
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
  /** Of sessions made here, by stream and session: they are known also while the database is away. */
  readonly #owners = new Map<string, string | null>();
  readonly #writes = new Set<Promise<void>>();
  readonly #cleaning: Promise<void>;

  constructor(private readonly options: SessionRoutesOptions) {
    this.#cleaning = this.#cleanUp();
  }

  /**
   * Where the session is, or null. Waits for nodes only if nothing else knows it, or with `isKindNeeded` if nothing
   * else knows what it does.
   */
  async find(
    stream: string,
    session: string,
    { isKindNeeded, signal }: { readonly isKindNeeded: boolean; readonly signal: AbortSignal },
  ): Promise<SessionPlace | null> {
    const { pending, readSnapshots } = this.options;
    const snapshots = readSnapshots();
    const known = pending.find(stream, session) ?? findListed(snapshots, stream, session);
    if (known) return known;
    const alias = await this.#findStored(stream, session);
    const stored = snapshots.find(({ node }) => node.alias === alias);
    if (stored && !isKindNeeded) return { alias: stored.node.alias, kind: null };
    const asked = stored
      ? [stored]
      : snapshots.filter(({ health }) => isUsable(health.state) || health.state === 'unknown');
    return this.#askNodes(asked, stream, session, signal);
  }

  /** Writes a new session down, in the background: an answer does not wait for the database. */
  remember(stream: string, session: string, alias: string, owner: string | null): void {
    const { clock, database } = this.options;
    const oldest = this.#owners.keys().next().value;
    if (this.#owners.size >= MAX_OWNERS && oldest !== undefined) this.#owners.delete(oldest);
    this.#owners.set(keyOf(stream, session), owner);
    const expires_at = new Date(clock.nowMs() + KEPT_MS);
    this.#write(async () => {
      await database.db
        .insertInto('session_routes')
        .values({ stream, session, node_alias: alias, expires_at, owner })
        .onConflict((conflict) =>
          conflict.columns(['stream', 'session']).doUpdateSet({ node_alias: alias, expires_at, owner }),
        )
        .execute();
    });
  }

  /** Who made a session; null where that is not known, as it was made on the node itself. Throws database_unavailable. */
  async findOwner(stream: string, session: string): Promise<string | null> {
    const known = this.#owners.get(keyOf(stream, session));
    if (known !== undefined) return known;
    return (await this.#readStored(stream, session))?.owner ?? null;
  }

  /** The session has ended. */
  forget(stream: string, session: string): void {
    this.#owners.delete(keyOf(stream, session));
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
        this.options.logger.warn({ reason: errorMessage(error) }, 'A session could not be written down');
      })
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  async #findStored(stream: string, session: string): Promise<string | null> {
    try {
      const stored = await this.#readStored(stream, session);
      const isGood = stored && stored.expires_at.getTime() > this.options.clock.nowMs();
      return isGood ? stored.node_alias : null;
    } catch (error) {
      const reason = errorMessage(error);
      this.options.logger.warn({ reason }, 'Sessions cannot be read; the nodes are asked instead');
      return null;
    }
  }

  /** What is written down of a session. Throws database_unavailable, also for one that does not answer in time. */
  async #readStored(stream: string, session: string) {
    const limit = timeLimit(STORED_MS);
    try {
      // A session that was made just now may still be on its way into the table.
      await orAbort(Promise.all(this.#writes), limit.signal);
      const query = this.options.database.db
        .selectFrom('session_routes')
        .select(['node_alias', 'owner', 'expires_at'])
        .where('stream', '=', stream)
        .where('session', '=', session)
        .executeTakeFirst();
      return await orAbort(query, limit.signal);
    } catch (error) {
      if (!limit.signal.aborted) throw error;
      const message = 'The database does not say whose session this is. Try again once it answers.';
      throw new AppError('database_unavailable', message, { cause: error });
    } finally {
      limit.release();
    }
  }

  async #askNodes(
    snapshots: readonly NodeSnapshot[],
    stream: string,
    session: string,
    signal: AbortSignal,
  ): Promise<SessionPlace | null> {
    const queue = [...snapshots];
    const found = new AbortController();
    const either = AbortSignal.any([signal, found.signal]);
    let place: SessionPlace | null = null;
    const ask = async () => {
      for (let next = queue.shift(); next && !place; next = queue.shift()) {
        const kind = await this.#askKind(next, stream, session, either);
        if (kind) {
          place = { alias: next.node.alias, kind };
          found.abort();
        }
      }
    };
    await Promise.all(Array.from({ length: ASK_AT_ONCE }, ask));
    signal.throwIfAborted();
    return place;
  }

  async #askKind(
    { node }: NodeSnapshot,
    stream: string,
    session: string,
    signal: AbortSignal,
  ): Promise<SessionKind | null> {
    try {
      const path = `/api/streams/${encodeURIComponent(stream)}`;
      const reply = await this.options.proxy.call(node, {
        method: 'GET',
        path,
        timeoutMs: ASK_TIMEOUT_MS,
        signal,
      });
      const text = await reply.text(MAX_STREAM_BYTES);
      return reply.status === 200 ? kindOf(parseStream(JSON.parse(text)), session) : null;
    } catch (error) {
      if (!isAbortError(error)) {
        this.options.logger.debug(
          { err: error, alias: node.alias },
          'A node was asked for a session in vain',
        );
      }
      return null;
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

function keyOf(stream: string, session: string): string {
  return JSON.stringify([stream, session]);
}

function findListed(
  snapshots: readonly NodeSnapshot[],
  stream: string,
  session: string,
): SessionPlace | null {
  for (const { node, streams } of snapshots) {
    const copy = streams.find((candidate) => candidate.id === stream);
    const kind = copy && kindOf(copy, session);
    if (kind) return { alias: node.alias, kind };
  }
  return null;
}

function kindOf({ publish, subscribe }: Stream, session: string): SessionKind | null {
  if (publish.sessions.some(({ id }) => id === session)) return 'publish';
  return subscribe.sessions.some(({ id }) => id === session) ? 'play' : null;
}
