import { createHash, randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, errorCode } from '../base/errors.ts';
import { processIdentity } from './process-identity.ts';

/** Who holds a database folder: the content of `owner.json`. */
interface Owner {
  pid: number;
  /** See `processIdentity`: a recycled process id does not count as the owner. */
  identity: string | null;
  startedAt: string;
  /** Tells two claims of one process apart. */
  claim: string;
}

const OWNER_FILE = 'owner.json';

/** The right to run the server of one database folder; see `claimOwnership`. */
export interface Ownership {
  /** Gives the folder back. May be called twice. */
  release(): Promise<void>;
}

/**
 * Makes this process the one manager that uses `dataDir` (which must exist); `what` it is, for messages.
 *
 * A file left by a process that has ended is replaced. Throws `conflict`, naming the process id, when the owner
 * is alive.
 */
export async function claimOwnership(
  dataDir: string,
  nowMs: number,
  what = 'database folder',
): Promise<Ownership> {
  const file = path.join(dataDir, OWNER_FILE);
  const owner: Owner = {
    pid: process.pid,
    identity: await processIdentity(process.pid),
    startedAt: new Date(nowMs).toISOString(),
    claim: randomUUID(),
  };
  const content = JSON.stringify(owner);
  const draft = `${file}.${owner.claim}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await claimFile(file, draft, (other) => inUse(other, dataDir, what));
  } finally {
    await rm(draft, { force: true });
  }
  return {
    release: async () => {
      const current = await readFile(file, 'utf8').catch(() => null);
      if (current === content) await rm(file, { force: true });
    },
  };
}

/** A hard link, unlike a rename, fails when the name is taken: of two claims at once one wins. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Puts `draft` in the place of `file`, which is not there or whose process has ended; throws what `refusal` makes when it
 * lives.
 *
 * Of several that find the same stale file, one may replace it: who has claimed a file named after what it holds. It
 * looks again then, as one before may have replaced it. That claim can be stale as well.
 */
async function claimFile(file: string, draft: string, refusal: (owner: Owner) => AppError): Promise<void> {
  while (!(await tryLink(draft, file))) {
    const found = await readIfThere(file);
    if (found === null) continue;
    const owner = parseOwner(found);
    if (owner && (await isOwnerAlive(owner))) throw refusal(owner);
    const right = `${file}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
    await claimFile(right, draft, refusal);
    try {
      if ((await readIfThere(file)) === found) return await replace(file, draft);
    } finally {
      await rm(right, { force: true });
    }
  }
}

async function replace(file: string, draft: string): Promise<void> {
  const copy = `${draft}.${randomUUID()}`;
  await link(draft, copy);
  await rename(copy, file);
}

function inUse(owner: Owner, dataDir: string, what: string): AppError {
  const who = owner.pid === process.pid ? 'This process' : `Another Liveman (process ${owner.pid})`;
  return new AppError(
    'conflict',
    `${who} has been using the ${what} ${dataDir} since ${owner.startedAt}. ` +
      'Quit it first, or start this one with another data folder.',
    { details: { pid: owner.pid, dataDir } },
  );
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function isOwnerAlive(owner: Owner): Promise<boolean> {
  const identity = await processIdentity(owner.pid);
  return identity !== null && (owner.identity === null || owner.identity === identity);
}

function parseOwner(content: string): Owner | null {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || value === null || !('pid' in value)) return null;
    const { pid, identity, startedAt, claim } = value as Partial<Owner>;
    if (typeof pid !== 'number') return null;
    return { pid, identity: identity ?? null, startedAt: startedAt ?? 'an unknown time', claim: claim ?? '' };
  } catch {
    return null;
  }
}
