import { AppError } from '../base/errors.ts';

/**
 * Runs `work` with a signal that aborts when `signal` does or after `limitMs`; with the limit it is
 * storage_unavailable in the words of `tooLate`, with an abort the signal's reason.
 *
 * Leaves no listener behind, unlike `AbortSignal.any` on a signal that lives long.
 */
export async function withCallLimit<T>(
  { limitMs, signal, tooLate }: { limitMs: number; signal?: AbortSignal | undefined; tooLate: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const own = new AbortController();
  const onAbort = () => own.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    own.abort();
  }, limitMs);
  // Raced, as not all that work does can be aborted: finding credentials, for one.
  const aborted = new Promise<never>((_, reject) => {
    own.signal.addEventListener('abort', () => reject(own.signal.reason), { once: true });
  });
  const working = work(own.signal);
  for (const promise of [working, aborted]) promise.catch(() => {});
  try {
    return await Promise.race([working, aborted]);
  } catch (error) {
    signal?.throwIfAborted();
    if (isLate) throw new AppError('storage_unavailable', tooLate, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
