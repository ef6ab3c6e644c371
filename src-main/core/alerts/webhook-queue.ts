import { createHmac } from 'node:crypto';
import { type Dispatcher, request } from 'undici';
import { ALERT_KINDS, type Alert, type AlertKind } from '../../../src-shared/model/alert.ts';
import { MS_PER_DAY, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { errorCode, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { findUnreadable } from '../config/secret-references.ts';

export interface Webhook {
  readonly url: string;
  /** Key of the signature; empty for none. */
  readonly secret: string;
  /** Only these kinds; empty for all. */
  readonly kinds: readonly string[];
}

/** Something that a webhook is told. */
export interface WebhookMessage {
  /** The same with each try, of whichever manager. */
  readonly id: string;
  readonly event: 'opened' | 'reopened' | 'closed';
  readonly alert: Alert;
  readonly createdAtMs: number;
  /** Its place in the order of the database; null while it is not written there. */
  sequence: number | null;
}

export interface WebhookQueueOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dispatcher?: Dispatcher | undefined;
  /** Pauses before each further try. */
  readonly retryPausesMs?: readonly number[] | undefined;
  /** How long a message waits to be written into the database, before it is sent without. */
  readonly storeWaitMs?: number | undefined;
  /** Whether what is in the database is sent by another manager. */
  readonly isOthers: () => boolean;
  /** Told of what is taken or given up. */
  readonly onDone: (id: string) => void;
}

/** How many messages of one webhook are kept. */
export const MAX_WAITING = 500;
/** What is older is no news. */
export const MAX_AGE_MS = MS_PER_DAY;
const TIMEOUT_MS = 5 * MS_PER_SECOND;
/** A receiver that is started anew misses nothing: some ten minutes in all. */
const RETRY_PAUSES_MS = [1, 5, 25, 60, 240, 300].map((seconds) => seconds * MS_PER_SECOND);
const STORE_WAIT_MS = 2 * MS_PER_SECOND;

/** Sends messages to one webhook, one after another; see `WebhookOutbox`. */
export class WebhookQueue {
  #waiting: WebhookMessage[] = [];
  /** Being sent now. */
  #current: WebhookMessage | undefined;
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  #nudge = new AbortController();

  constructor(
    private hook: Webhook,
    private readonly options: WebhookQueueOptions,
    private readonly signal: AbortSignal,
  ) {
    const unknown = hook.kinds.filter((kind) => !ALERT_KINDS.includes(kind as AlertKind));
    if (unknown.length > 0) {
      options.logger.warn(
        { webhook: this.#place, unknown, known: ALERT_KINDS },
        'A webhook asks for unknown kinds of alerts',
      );
    }
  }

  /** Null while it cannot be read. */
  get url(): string | null {
    return findUnreadable(this.hook.url) === null ? this.hook.url : null;
  }

  /** Not in the database yet, oldest first. */
  get unwritten(): WebhookMessage[] {
    return this.#all.filter(({ sequence }) => sequence === null);
  }

  get #all(): WebhookMessage[] {
    return this.#current ? [this.#current, ...this.#waiting] : this.#waiting;
  }

  /** Paths and queries of webhooks are secrets more often than not. */
  get #place(): string {
    const { url } = this.hook;
    const named = findUnreadable(url);
    return named ? `${named.kind}:${named.name}` : new URL(url).host;
  }

  get #isReadable(): boolean {
    return this.url !== null && findUnreadable(this.hook.secret) === null;
  }

  /** The same webhook with other secrets; messages that wait are sent with these. */
  use(hook: Webhook): void {
    this.hook = hook;
    this.#startWork();
  }

  wants({ kind }: Alert): boolean {
    return this.hook.kinds.length === 0 || this.hook.kinds.includes(kind);
  }

  add(message: WebhookMessage): void {
    this.#take([...this.#waiting, message]);
  }

  /** Messages of the database, where they are not here already. */
  adopt(messages: readonly WebhookMessage[]): void {
    const known = new Set(this.#all.map(({ id }) => id));
    const waiting = [...this.#waiting, ...messages.filter(({ id }) => !known.has(id))];
    this.#take(waiting.sort((a, b) => (a.sequence ?? Infinity) - (b.sequence ?? Infinity)));
  }

  /** Leaves out messages that are no news after all. */
  drop(isUnneeded: (message: WebhookMessage) => boolean): void {
    this.#waiting = this.#waiting.filter((message) => !isUnneeded(message));
  }

  /** The database has these, by id; what waited for that goes on. */
  noteWritten(sequences: ReadonlyMap<string, number>): void {
    for (const message of this.#all) message.sequence ??= sequences.get(message.id) ?? null;
    this.nudge();
  }

  /** Ends a pause before a message is sent. */
  nudge(): void {
    this.#nudge.abort();
    this.#nudge = new AbortController();
  }

  idle(): Promise<void> {
    return this.#working;
  }

  #take(waiting: WebhookMessage[]): void {
    const { logger, onDone } = this.options;
    this.#waiting = waiting;
    for (const { id } of waiting.splice(0, waiting.length - MAX_WAITING)) {
      onDone(id);
      logger.warn({ webhook: this.#place }, 'A webhook is too slow; its oldest message is dropped');
    }
    this.#startWork();
  }

  #startWork(): void {
    if (this.#isWorking || !this.#isReadable) return;
    this.#isWorking = true;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    try {
      while (this.#isReadable && !this.signal.aborted) {
        const [next] = this.#waiting;
        if (!next) return;
        const waitMs = this.#storeWaitMs(next);
        if (waitMs > 0) {
          await this.options.clock.sleep(waitMs, this.#nudge.signal);
          continue;
        }
        this.#waiting.shift();
        this.#current = next;
        if ((await this.#deliver(next)) === 'kept') this.#waiting.unshift(next);
        this.#current = undefined;
      }
    } finally {
      // At once: what is added right after is not to be left lying.
      this.#isWorking = false;
    }
  }

  #storeWaitMs({ createdAtMs, sequence }: WebhookMessage): number {
    const { clock, storeWaitMs = STORE_WAIT_MS } = this.options;
    return sequence === null ? Math.min(storeWaitMs, createdAtMs + storeWaitMs - clock.nowMs()) : 0;
  }

  async #deliver(message: WebhookMessage): Promise<'over' | 'kept'> {
    const { clock, isOthers, logger, onDone, retryPausesMs = RETRY_PAUSES_MS } = this.options;
    const { alert, createdAtMs, event, id } = message;
    for (const pauseMs of [0, ...retryPausesMs]) {
      await clock.sleep(pauseMs, this.signal);
      // The secret may be gone since; this one is still to be sent.
      if (this.signal.aborted || !this.#isReadable) return 'kept';
      if (message.sequence !== null && isOthers()) return 'over';
      const sentAtMs = clock.nowMs();
      if (sentAtMs - createdAtMs > MAX_AGE_MS) break;
      const problem = await this.#post(JSON.stringify({ id, event, sentAtMs, alert }), sentAtMs);
      if (problem === null) break;
      if (this.signal.aborted) return 'kept';
      logger.warn({ webhook: this.#place, problem, kind: alert.kind }, 'A webhook did not take an alert');
    }
    onDone(id);
    return 'over';
  }

  /** Null when it was taken, else what went wrong. */
  async #post(body: string, sentAtMs: number): Promise<string | null> {
    const { dispatcher } = this.options;
    const { secret, url } = this.hook;
    const limit = timeLimit(TIMEOUT_MS, this.signal);
    const signed = createHmac('sha256', secret).update(`${sentAtMs}.${body}`).digest('hex');
    try {
      const response = await request(url, {
        method: 'POST',
        body,
        ...(dispatcher ? { dispatcher } : {}),
        signal: limit.signal,
        headers: {
          'content-type': 'application/json',
          'x-liveman-timestamp': String(sentAtMs),
          ...(secret === '' ? {} : { 'x-liveman-signature': `sha256=${signed}` }),
        },
      });
      await response.body.dump();
      const { statusCode } = response;
      return statusCode >= 200 && statusCode < 300 ? null : `It answers ${statusCode}.`;
    } catch (error) {
      return errorCode(error) ?? (error instanceof Error ? error.name : errorMessage(error));
    } finally {
      limit.release();
    }
  }
}
