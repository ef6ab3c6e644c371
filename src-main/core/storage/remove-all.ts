import { AppError, errorMessage } from '../base/errors.ts';
import type { Removal, RemovalFailure } from './object-store.ts';

const AT_ONCE = 8;

/**
 * Calls `removeOne` for each path, some at once, and gathers what was missing (object_missing) and what failed.
 * Rejects with what is no AppError: an abort, or a fault of ours.
 */
export async function removeAll(
  paths: readonly string[],
  removeOne: (path: string) => Promise<void>,
): Promise<Removal> {
  const missing: string[] = [];
  const failures: RemovalFailure[] = [];
  const waiting = [...paths].reverse();
  const work = async () => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      try {
        await removeOne(path);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error.code === 'object_missing') missing.push(path);
        else failures.push({ path, error: asRemoval(path, error) });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, paths.length) }, work));
  return { missing, failures };
}

function asRemoval(path: string, error: AppError): AppError {
  const reason = error.cause === undefined ? error.message : errorMessage(error.cause);
  return new AppError('storage_unavailable', `${path} cannot be removed (${reason}).`, { cause: error });
}
