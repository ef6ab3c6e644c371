import { sql } from 'kysely';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';
import { type DatabaseLink, LINK_CHANNEL, type LinkTask } from './database-link.ts';
import { senderOf } from './manager-identity.ts';

/** Tables whose changes are told. */
export type ToldTable = keyof Tables | 'schema_migrations';

/** What managers tell each other directly, by name. */
export interface PeerMessages {
  /** Recorded time that came into the index: stream, node, start and end in microseconds. */
  segments: readonly (readonly [stream: string, node: string, startUs: number, endUs: number])[];
  /** How far an export of the sender is: id, bytes written, bytes per second. */
  export: readonly [id: string, writtenBytes: number, bytesPerSecond: number | null];
  /** A command has changed the index: what is kept of it is to be read anew. */
  indexed: null;
  /** Alias of a node whose recordings are to be fetched at once. */
  sync: string;
  /** A stream that somebody has ended, or whose publisher, on purpose. */
  ended: string;
  /** Something that the manager with the alerts is to raise or to end. */
  alert: { readonly call: 'raise' | 'resolve'; readonly arguments: readonly unknown[] };
}

/** `null`: anything of the table may have changed. */
export type ChangeListener = (keys: ReadonlySet<string> | null) => void | Promise<void>;

export interface ChangeFeedOptions {
  readonly link: DatabaseLink;
  readonly database: Pick<Database, 'db'>;
  /** Our own id; what comes from us is no news. */
  readonly ownId: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Changes that come together are told together. */
const GATHER_MS = 50;
const MAX_KEYS = 500;
/** PostgreSQL takes less than 8000 bytes. */
const MAX_MESSAGE_BYTES = 7500;

/**
 * What other managers change, told within a fraction of a second: rows by triggers in the database, the rest by
 * messages. After a lost connection every listener is told to read all anew.
 */
export class ChangeFeed implements LinkTask, Closeable {
  readonly #changes = new Map<string, Set<ChangeListener>>();
  readonly #messages = new Map<string, Set<(data: never) => void>>();
  readonly #gathered = new Map<string, Set<string> | null>();
  #timer: NodeJS.Timeout | undefined;
  #telling: Promise<void> = Promise.resolve();
  readonly #sends = new Set<Promise<void>>();

  constructor(private readonly options: ChangeFeedOptions) {
    options.link.onMessage((message) => this.#hear(message));
  }

  /** Calls `listener` when another manager changed rows of `table`, one call after another. */
  onChange(table: ToldTable, listener: ChangeListener): void {
    const known = this.#changes.get(table) ?? new Set();
    this.#changes.set(table, known.add(listener));
  }

  /** Calls `listener` with each message of that name of another manager. */
  onMessage<N extends keyof PeerMessages>(name: N, listener: (data: PeerMessages[N]) => void): void {
    const known = this.#messages.get(name) ?? new Set();
    this.#messages.set(name, known.add(listener as (data: never) => void));
  }

  /** Tells the other managers, in the background. False for what is too long to be told. */
  send<N extends keyof PeerMessages>(name: N, data: PeerMessages[N]): boolean {
    const message = JSON.stringify({ from: `liveman ${this.options.ownId}`, name, data });
    if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) return false;
    const sent = notify(this.options.database, message)
      .then(
        () => {},
        (error: unknown) => {
          // They read all anew once the database is back.
          this.options.logger.debug({ reason: errorMessage(error), name }, 'Other managers cannot be told');
        },
      )
      .finally(() => this.#sends.delete(sent));
    this.#sends.add(sent);
    return true;
  }

  async onConnect(): Promise<void> {
    for (const table of this.#changes.keys()) this.#gather(table, null);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#changes.clear();
    await this.#telling;
    await Promise.all(this.#sends);
  }

  #hear(text: string): void {
    const message = parse(text);
    if (message === null || senderOf(message.from) === this.options.ownId) return;
    if ('table' in message) {
      if (this.#changes.has(message.table)) this.#gather(message.table, message.key);
      return;
    }
    for (const listener of this.#messages.get(message.name) ?? []) {
      try {
        listener(message.data as never);
      } catch (error) {
        this.options.logger.error({ err: error, name: message.name }, 'A message of a manager was not taken');
      }
    }
  }

  #gather(table: string, key: string | null): void {
    const known = this.#gathered.get(table);
    if (key === null || known === null || (known?.size ?? 0) >= MAX_KEYS) this.#gathered.set(table, null);
    else this.#gathered.set(table, (known ?? new Set<string>()).add(key));
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const changes = [...this.#gathered];
      this.#gathered.clear();
      this.#telling = this.#telling.then(() => this.#tell(changes));
    }, GATHER_MS);
  }

  async #tell(changes: readonly [string, ReadonlySet<string> | null][]): Promise<void> {
    for (const [table, keys] of changes) {
      for (const listener of this.#changes.get(table) ?? []) {
        try {
          await listener(keys);
        } catch (error) {
          this.options.logger.debug({ reason: errorMessage(error), table }, 'A change was not read');
        }
      }
    }
  }
}

/** As `ChangeFeed.send`, by a command, which is no manager. Rejects where the database cannot be used. */
export async function tellManagers<N extends keyof PeerMessages>(
  database: Pick<Database, 'db'>,
  name: N,
  data: PeerMessages[N],
): Promise<void> {
  await notify(database, JSON.stringify({ from: 'a command', name, data }));
}

function notify({ db }: Pick<Database, 'db'>, message: string): Promise<unknown> {
  return sql`select pg_notify(${LINK_CHANNEL}, ${message})`.execute(db);
}

type Message =
  | { readonly from: string; readonly table: string; readonly key: string | null }
  | { readonly from: string; readonly name: string; readonly data: unknown };

/** Anybody with the password of the database can write to the channel. */
function parse(text: string): Message | null {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null || !('from' in json) || typeof json.from !== 'string')
      return null;
    if ('table' in json && typeof json.table === 'string') {
      const key = 'key' in json && typeof json.key === 'string' ? json.key : null;
      return { from: json.from, table: json.table, key };
    }
    if (!('name' in json) || typeof json.name !== 'string' || !('data' in json)) return null;
    return { from: json.from, name: json.name, data: json.data };
  } catch {
    return null;
  }
}
