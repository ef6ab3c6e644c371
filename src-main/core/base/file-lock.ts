import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { errorCode } from './errors.ts';

export interface FileLockOptions {
  /** How long to wait for another one. */
  readonly waitMs?: number;
}

const RETRY_MS = 25;
const WAIT_MS = 15_000;
/** Reading and writing a small file takes no longer, on a busy computer either. */
const STALE_MS = 10_000;

/**
 * Does `work` while no other process does the same for `path`: by a file `PATH.lock` beside it, which one that was killed
 * does not keep.
 *
 * Rejects as `work` does, with an error of the file system where no lock can be made there, and with ETIMEDOUT where
 * another process does not give it back.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  { waitMs = WAIT_MS }: FileLockOptions = {},
): Promise<T> {
  const lock = `${path}.lock`;
  await acquire(lock, waitMs);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function acquire(lock: string, waitMs: number): Promise<void> {
  const untilMs = performance.now() + waitMs;
  const owner = `${process.pid} ${randomUUID()}`;
  for (;;) {
    try {
      const file = await open(lock, 'wx', 0o600);
      await file.writeFile(owner).finally(() => file.close());
      return;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    await removeStale(lock);
    if (performance.now() > untilMs) {
      throw Object.assign(new Error(`${lock} is held by another process.`), { code: 'ETIMEDOUT' });
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
  }
}

/** Takes a lock away whose owner has ended, or has had it for longer than anybody needs it. */
async function removeStale(lock: string): Promise<void> {
  try {
    const owner = await readFile(lock, 'utf8');
    const { mtimeMs } = await stat(lock);
    const isOld = Date.now() - mtimeMs > STALE_MS;
    if (!isOld && (owner === '' || isAlive(Number(owner.split(' ')[0])))) return;
    // Somebody else may have taken it away and made a new one.
    if ((await readFile(lock, 'utf8')) === owner) await rm(lock, { force: true });
  } catch {
    // It was given back just now.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
