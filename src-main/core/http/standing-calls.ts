import type { FastifyReply } from 'fastify';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Closeable } from '../base/lifecycle.ts';

/** Rights also end by themselves: a session expires, a token does. */
const CHECK_EVERY_MS = 15 * MS_PER_SECOND;

/**
 * Event streams, which are answered for as long as their client stays: they end when it could not open them any more,
 * at once where a session or token was ended (`check`), else within 15 s.
 */
export class StandingCalls implements Closeable {
  readonly #calls = new Map<FastifyReply['raw'], () => Promise<boolean>>();
  readonly #timer = setInterval(() => void this.check(), CHECK_EVERY_MS).unref();
  #checking: Promise<void> = Promise.resolve();

  /** `mayStay` rejects where that cannot be known now. */
  add(reply: FastifyReply, mayStay: () => Promise<boolean>): void {
    const { raw } = reply;
    if (raw.closed) return;
    this.#calls.set(raw, mayStay);
    raw.once('close', () => this.#calls.delete(raw));
  }

  /** Ends those whose clients may no longer have them. */
  check(): Promise<void> {
    this.#checking = this.#checking.then(async () => {
      for (const [raw, mayStay] of this.#calls) {
        // While the database is away known sessions go on, as for any other request.
        if (!(await mayStay().catch(() => true))) raw.destroy();
      }
    });
    return this.#checking;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#calls.clear();
  }
}
