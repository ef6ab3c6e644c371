import type { StorageState } from '../../../src-shared/model/system-status.ts';
import { errorMessage } from '../base/errors.ts';
import type { NamedStorage } from './storage-set.ts';

/** Whether a storage can be used now, and how full its disk is. Throws only the reason of `signal`. */
export async function readStorageState(
  { config, store }: NamedStorage,
  signal: AbortSignal,
): Promise<StorageState> {
  const { name } = store;
  try {
    const usage = await store.usage({ signal });
    const { usedBytes = null, totalBytes = null } = usage ?? {};
    // The folder in the data folder is made when it is needed.
    const isMissing = usage === null && config.type === 'fs' && config.root !== '';
    const problem = isMissing
      ? `The folder ${name} cannot be found. Make it, or mount the disk it is on.`
      : null;
    return { name, isUp: problem === null, problem, usedBytes, totalBytes };
  } catch (error) {
    signal.throwIfAborted();
    return { name, isUp: false, problem: errorMessage(error), usedBytes: null, totalBytes: null };
  }
}
