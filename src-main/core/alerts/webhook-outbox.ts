import { randomUUID } from 'node:crypto';
import type { Closeable } from '../base/lifecycle.ts';
import type { Database } from '../db/database.ts';
import type { AlertChange } from './alert-book.ts';
import {
  MAX_AGE_MS,
  MAX_WAITING,
  type Webhook,
  type WebhookMessage,
  WebhookQueue,
  type WebhookQueueOptions,
} from './webhook-queue.ts';
import { deleteMessages, forgetMessages, hookKeyOf, readMessages, writeMessages } from './webhook-table.ts';

export interface WebhookOutboxOptions extends Omit<WebhookQueueOptions, 'onDone'> {
  readonly webhooks: readonly Webhook[];
  /** Asks for `write` to be called soon. */
  readonly onUnwritten: () => void;
}

interface Hook {
  readonly queue: WebhookQueue;
  /** What its key is made of; null while its URL cannot be read. */
  name: string | null;
  /** What it is called in the database. */
  key: string | null;
}

/**
 * POSTs alerts that open, open again or close to each webhook, one after another.
 *
 * Body: `{ id, event, sentAtMs, alert }`. With a secret, `x-liveman-signature` is `sha256=` and the hexadecimal
 * HMAC-SHA256 of `x-liveman-timestamp` (the `sentAtMs`), a dot and the body. Messages wait while URL or secret of a
 * webhook cannot be read.
 *
 * They are written in the transaction that writes the alert, sent then, and deleted once the webhook took them: who
 * raises alerts after a crash goes on (`load`). So a webhook is told at least once; a message that comes again has the
 * same `id`. While the database is away they are sent from memory.
 */
export class WebhookOutbox implements Closeable {
  readonly #stop = new AbortController();
  readonly #hooks: Hook[];
  /** Taken or given up, and perhaps still in the database. */
  readonly #done = new Set<string>();
  #mustLoad = false;

  constructor(private readonly options: WebhookOutboxOptions) {
    const onDone = (id: string) => {
      this.#done.add(id);
      options.onUnwritten();
    };
    this.#hooks = options.webhooks.map((hook) => ({
      queue: new WebhookQueue(hook, { ...options, onDone }, this.#stop.signal),
      name: null,
      key: null,
    }));
    this.#nameHooks();
  }

  /** Whether `write` has something to do. */
  get hasUnwritten(): boolean {
    return (
      this.#mustLoad ||
      this.#done.size > 0 ||
      this.#hooks.some(({ key, queue }) => key !== null && queue.unwritten.length > 0)
    );
  }

  add({ alert, event }: AlertChange): void {
    if (event === 'changed') return;
    const createdAtMs = this.options.clock.nowMs();
    for (const { queue } of this.#hooks) {
      if (queue.wants(alert)) queue.add({ id: randomUUID(), event, alert, createdAtMs, sequence: null });
    }
  }

  /** The same webhooks with other secrets. */
  use(webhooks: readonly Webhook[]): void {
    for (const [index, hook] of webhooks.entries()) this.#hooks[index]?.queue.use(hook);
    this.#nameHooks();
    this.load();
  }

  /** Goes on with what earlier and other managers left, and forgets webhooks that are no longer there. */
  load(): void {
    this.#mustLoad = true;
    this.options.onUnwritten();
  }

  /**
   * Writes what is new and deletes what is done, in the transaction that writes the alerts. The answer is to be called
   * once that is committed. `joined`: alerts that another manager had open before, and told of.
   */
  async write(database: Pick<Database, 'db'>, joined: ReadonlySet<string>): Promise<() => void> {
    const sequences = new Map<string, number>();
    for (const { key, queue } of this.#hooks) {
      queue.drop(
        ({ alert, event, sequence }) => sequence === null && event !== 'closed' && joined.has(alert.id),
      );
      const written = key === null ? [] : await writeMessages(database, key, queue.unwritten);
      for (const [id, sequence] of written) sequences.set(id, sequence);
    }
    const done = [...this.#done];
    await deleteMessages(database, done);
    const mustLoad = this.#mustLoad;
    const loaded = mustLoad && !this.options.isOthers() ? await this.#read(database) : [];
    return () => {
      if (mustLoad) this.#mustLoad = false;
      for (const { queue } of this.#hooks) queue.noteWritten(sequences);
      for (const [queue, messages] of loaded) queue.adopt(messages.filter(({ id }) => !this.#done.has(id)));
      for (const id of done) this.#done.delete(id);
    };
  }

  async #read(database: Pick<Database, 'db'>): Promise<[WebhookQueue, WebhookMessage[]][]> {
    const known = this.#hooks.flatMap(({ key, queue }) => (key === null ? [] : [{ key, queue }]));
    await forgetMessages(
      database,
      this.options.clock.nowMs() - MAX_AGE_MS,
      known.length === this.#hooks.length ? known.map(({ key }) => key) : null,
    );
    const read: [WebhookQueue, WebhookMessage[]][] = [];
    for (const { key, queue } of known) read.push([queue, await readMessages(database, key, MAX_WAITING)]);
    return read;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const { queue } of this.#hooks) queue.nudge();
    await Promise.all(this.#hooks.map(({ queue }) => queue.idle()));
  }

  /** Webhooks of the same URL are told apart by their order. */
  #nameHooks(): void {
    const counts = new Map<string, number>();
    for (const hook of this.#hooks) {
      const { url } = hook.queue;
      if (url === null) continue;
      const count = counts.get(url) ?? 0;
      counts.set(url, count + 1);
      const name = count === 0 ? url : `${url} ${count}`;
      // It takes its time, and is called whenever any secret of the settings is another one.
      if (name !== hook.name) hook.key = hookKeyOf(name);
      hook.name = name;
    }
  }
}
