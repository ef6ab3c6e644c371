import { setMaxListeners } from 'node:events';

/** A signal with a time limit; see `timeLimit`. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Ends the timer and takes the listeners off. Call it when the work is over; may be called twice. */
  release(): void;
}

/**
 * A signal that aborts with one of `signals` (its reason), or after `timeoutMs` (a `TimeoutError`).
 *
 * Not `AbortSignal.any` with `AbortSignal.timeout`: Node 20 may collect the two while somebody still waits for
 * them, and then nothing ends the call.
 */
export function timeLimit(timeoutMs: number, ...signals: readonly (AbortSignal | undefined)[]): TimeLimit {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const known = signals.filter((signal) => signal !== undefined);
  const onAbort = () => {
    controller.abort(known.find((signal) => signal.aborted)?.reason);
    release();
  };
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The time limit is over.', 'TimeoutError'));
    release();
  }, timeoutMs);
  const release = () => {
    clearTimeout(timer);
    for (const signal of known) signal.removeEventListener('abort', onAbort);
  };
  for (const signal of known) listen(signal, onAbort);
  if (known.some((signal) => signal.aborted)) onAbort();
  return { signal: controller.signal, release };
}

/** The promise, or the reason of `signal` as soon as it aborts; what the promise does then is not looked at. */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      // A rejection that nobody hears of would end the process.
      promise.catch(() => {});
      return reject(signal.reason);
    }
    const onAbort = () => reject(signal.reason);
    listen(signal, onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * As `orAbort`, with a time limit after which it rejects with what `tooLate` makes. No signal is made, which takes
 * longer than a short call: for what is called by the thousand.
 */
export function orLimit<T>(
  promise: Promise<T>,
  {
    signal,
    timeoutMs,
    tooLate,
  }: { signal?: AbortSignal | undefined; timeoutMs: number; tooLate: () => Error },
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      promise.catch(() => {});
      return reject(signal.reason);
    }
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => end(() => reject(signal?.reason));
    const timer = setTimeout(() => end(() => reject(tooLate())), timeoutMs);
    if (signal) listen(signal, onAbort);
    promise.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}

/**
 * As `orLimit`, for calls of one piece of work that follow each other: one listener and one timer serve them all, as
 * both cost more than a short call. Release it when the work is over.
 */
export class LimitedCalls {
  readonly #timer: NodeJS.Timeout;
  /** Of the last call, which may be over; then it does nothing. */
  #reject: (reason: unknown) => void = () => {};

  constructor(
    private readonly options: { signal?: AbortSignal | undefined; timeoutMs: number; tooLate: () => Error },
  ) {
    this.#timer = setTimeout(() => this.#reject(options.tooLate()), options.timeoutMs);
    if (options.signal) listen(options.signal, this.#onAbort);
  }

  /** One call; the one before has to be over. */
  run<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.options;
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#timer.refresh();
      promise.then(resolve, reject);
      if (signal?.aborted) reject(signal.reason);
    });
  }

  release(): void {
    clearTimeout(this.#timer);
    this.options.signal?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#reject(this.options.signal?.reason);
}

/** Whether the promise is settled within `limitMs`; rejects as it does until then, and goes on unwatched afterwards. */
export async function settlesWithin(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const limit = timeLimit(limitMs);
  try {
    await orAbort(promise, limit.signal);
    return true;
  } catch (error) {
    if (limit.signal.aborted && error === limit.signal.reason) return false;
    throw error;
  } finally {
    limit.release();
  }
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else listen(signal, () => resolve());
  });
}

const known = new WeakSet<AbortSignal>();
const unlimited = new WeakSet<AbortSignal>();

/**
 * Any number of calls may wait for one stop, and each takes its listener off: Node's warning of a leak is not true. A
 * signal that is listened to once needs no word of that, which takes longer than all else here.
 */
function listen(signal: AbortSignal, onAbort: () => void): void {
  if (known.has(signal) && !unlimited.has(signal)) {
    setMaxListeners(0, signal);
    unlimited.add(signal);
  }
  known.add(signal);
  signal.addEventListener('abort', onAbort, { once: true });
}
