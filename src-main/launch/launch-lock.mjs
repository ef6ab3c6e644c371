import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inRoot } from './paths.mjs';
import { LaunchError, say } from './say.mjs';

const lockDir = inRoot('out', '.launch-lock');
const longestWaitMs = 15 * 60_000;

/**
 * Runs `work` while no other launcher of this checkout installs or builds.
 *
 * The lock is a folder (made atomically) with its owner's process id; one left behind by a killed launcher is removed.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLaunchLock(work) {
  await takeLock();
  try {
    return await work();
  } finally {
    await rm(lockDir, { recursive: true, force: true });
  }
}

async function takeLock() {
  await mkdir(path.dirname(lockDir), { recursive: true }).catch(explainUnwritable);
  const untilMs = performance.now() + longestWaitMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      await mkdir(lockDir);
      return await writeFile(path.join(lockDir, 'pid'), String(process.pid));
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST')
        explainUnwritable(error);
    }
    const owner = Number(await readFile(path.join(lockDir, 'pid'), 'utf8').catch(() => '0'));
    // Without a pid the owner is between its two steps, or died there: it gets one more round.
    if (owner ? owner === process.pid || !isAlive(owner) : !isFirst)
      await rm(lockDir, { recursive: true, force: true });
    else if (isFirst)
      say(`Waiting for another launcher (process ${owner}) to finish installing and building.`);
    if (performance.now() > untilMs)
      throw new LaunchError(
        `Process ${owner} has held ${lockDir} for too long: end it, or delete that folder.`,
      );
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** @param {unknown} error @returns {never} */
function explainUnwritable(error) {
  const reason = error instanceof Error ? error.message : String(error);
  throw new LaunchError(
    `Cannot write to ${inRoot()} (${reason}): packages and built files are kept there. Run as the user who owns that folder, or clone the repository into a folder of your own.`,
  );
}
