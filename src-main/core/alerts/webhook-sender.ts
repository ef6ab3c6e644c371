import { createHmac, randomUUID } from 'node:crypto';
import { type Dispatcher, request } from 'undici';
import { ALERT_KINDS, type AlertKind } from '../../../src-shared/model/alert.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { errorCode, errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { findUnreadable } from '../config/secret-references.ts';
import type { AlertChange } from './alert-book.ts';

export interface Webhook {
  readonly url: string;
  /** Key of the signature; empty for none. */
  readonly secret: string;
  /** Only these kinds; empty for all. */
  readonly kinds: readonly string[];
}

export interface WebhookSenderOptions {
  readonly webhooks: readonly Webhook[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dispatcher?: Dispatcher;
  /** Pauses before each further try. */
  readonly retryPausesMs?: readonly number[];
}

const TIMEOUT_MS = 5 * MS_PER_SECOND;
/** A receiver that is started anew misses nothing: some ten minutes in all. */
const RETRY_PAUSES_MS = [1, 5, 25, 60, 240, 300].map((seconds) => seconds * MS_PER_SECOND);
const MAX_WAITING = 500;

/**
 * POSTs alerts that open, open again or close to each webhook, one after another.
 *
 * Body: `{ id, event, sentAtMs, alert }`. With a secret, `x-liveman-signature` is `sha256=` and the hexadecimal
 * HMAC-SHA256 of `x-liveman-timestamp` (the `sentAtMs`), a dot and the body; the same `id` is never another message.
 * Messages wait while URL or secret of a webhook cannot be read.
 */
export class WebhookSender implements Closeable {
  readonly #stop = new AbortController();
  readonly #queues: WebhookQueue[];

  constructor(options: WebhookSenderOptions) {
    this.#queues = options.webhooks.map((hook) => new WebhookQueue(hook, options, this.#stop.signal));
  }

  send(change: AlertChange): void {
    if (change.event === 'changed') return;
    for (const queue of this.#queues) queue.add(change);
  }

  /** The same webhooks with other secrets; messages that wait are sent with these. */
  use(webhooks: readonly Webhook[]): void {
    for (const [index, hook] of webhooks.entries()) this.#queues[index]?.use(hook);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#queues.map((queue) => queue.idle()));
  }
}

class WebhookQueue {
  readonly #waiting: AlertChange[] = [];
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;

  constructor(
    private hook: Webhook,
    private readonly options: WebhookSenderOptions,
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

  /** Paths and queries of webhooks are secrets more often than not. */
  get #place(): string {
    const { url } = this.hook;
    const named = findUnreadable(url);
    return named ? `${named.kind}:${named.name}` : new URL(url).host;
  }

  get #isReadable(): boolean {
    const { secret, url } = this.hook;
    return findUnreadable(url) === null && findUnreadable(secret) === null;
  }

  use(hook: Webhook): void {
    this.hook = hook;
    this.#startWork();
  }

  add(change: AlertChange): void {
    const { hook, options } = this;
    if (hook.kinds.length > 0 && !hook.kinds.includes(change.alert.kind)) return;
    this.#waiting.push(change);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      options.logger.warn({ webhook: this.#place }, 'A webhook is too slow; its oldest message is dropped');
    }
    this.#startWork();
  }

  #startWork(): void {
    if (this.#isWorking || !this.#isReadable) return;
    this.#isWorking = true;
    this.#working = this.#work();
  }

  idle(): Promise<void> {
    return this.#working;
  }

  async #work(): Promise<void> {
    try {
      while (this.#isReadable && !this.signal.aborted) {
        const change = this.#waiting.shift();
        if (!change) return;
        await this.#deliver(change);
      }
    } finally {
      // At once: what is added right after is not to be left lying.
      this.#isWorking = false;
    }
  }

  async #deliver({ alert, event }: AlertChange): Promise<void> {
    const { clock, logger, retryPausesMs = RETRY_PAUSES_MS } = this.options;
    const id = randomUUID();
    for (const pauseMs of [0, ...retryPausesMs]) {
      await clock.sleep(pauseMs, this.signal);
      if (this.signal.aborted) return;
      // The secret may be gone since; this one is still to be sent.
      if (!this.#isReadable) {
        this.#waiting.unshift({ alert, event });
        return;
      }
      const sentAtMs = clock.nowMs();
      const problem = await this.#post(JSON.stringify({ id, event, sentAtMs, alert }), sentAtMs);
      if (problem === null) return;
      logger.warn({ webhook: this.#place, problem, kind: alert.kind }, 'A webhook did not take an alert');
    }
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
