import { orAbort, timeLimit } from '../base/abort.ts';
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
  const limit = timeLimit(limitMs, signal);
  try {
    // Raced, as not all that work does can be aborted: finding credentials, for one.
    return await orAbort(work(limit.signal), limit.signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (limit.signal.aborted) throw new AppError('storage_unavailable', tooLate, { cause: error });
    throw error;
  } finally {
    limit.release();
  }
}
