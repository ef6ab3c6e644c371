import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { isProcessAlive, processCommandLine, processIdentity } from './process-identity.ts';

/** What PostgreSQL writes about itself into `postmaster.pid`. */
export interface PostmasterPid {
  pid: number;
  /** TCP port; 0 until it is written. */
  port: number;
  /** Whether it accepts connections; false while it starts, recovers or stops. */
  isReady: boolean;
}

/** Reads `postmaster.pid` of a cluster; `null` when it is absent or only half written. */
export async function readPostmasterPid(clusterDir: string): Promise<PostmasterPid | null> {
  const text = await readFile(pidFile(clusterDir), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3]) || 0, isReady: lines[7]?.trim() === 'ready' };
}

/** What is known about the process that `postmaster.pid` names. */
export type PostmasterState = 'serving' | 'gone' | 'unknown';

/**
 * Tells whether `pid` is a server of this cluster (`serving`), surely not (`gone`: ended, or the id is now
 * another program's), or a PostgreSQL whose cluster cannot be told (`unknown`, then it must not be touched).
 */
export async function inspectPostmaster(pid: number, clusterDir: string): Promise<PostmasterState> {
  if ((await processIdentity(pid)) === null) return 'gone';
  // The server changes into its cluster's folder, which tells it apart whatever names lead there.
  const workingDir = await stat(`/proc/${pid}/cwd`).catch(() => null);
  const cluster = await stat(clusterDir).catch(() => null);
  if (workingDir && cluster) {
    return workingDir.ino === cluster.ino && workingDir.dev === cluster.dev ? 'serving' : 'gone';
  }
  const command = await processCommandLine(pid);
  if (command === null) return 'unknown';
  if (!/\bpostgres/.test(command)) return 'gone';
  return command.includes(clusterDir) ? 'serving' : 'unknown';
}

/** Sends a signal to the server; on Windows through `pg_ctl`, whose signals PostgreSQL understands there. */
export type SendSignal = (pid: number, signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL') => void;

/**
 * How a server is asked to stop: fast (ends transactions, writes a checkpoint), then at once (recovers at the
 * next start), then killed.
 */
export const STOP_STEPS = [
  { signal: 'SIGINT', waitMs: 3000 },
  { signal: 'SIGQUIT', waitMs: 1200 },
  { signal: 'SIGKILL', waitMs: 5000 },
] as const;

/**
 * Ends the server that a killed manager has left behind in `clusterDir`, if there is one.
 *
 * Returns whether there was one. Afterwards nothing hinders a start, except a server that cannot be told to be
 * this cluster's: PostgreSQL itself then refuses and names it.
 */
export async function endOrphan(clusterDir: string, clock: Clock, sendSignal: SendSignal): Promise<boolean> {
  const found = await readPostmasterPid(clusterDir);
  if (found === null) return false;
  const state = await inspectPostmaster(found.pid, clusterDir);
  if (state === 'serving') {
    await endProcess(found.pid, clock, sendSignal);
    return true;
  }
  // PostgreSQL sorts out the file of an ended process itself, but not an id that was used again or a zombie.
  if (state === 'gone' && isProcessAlive(found.pid)) await rm(pidFile(clusterDir), { force: true });
  return false;
}

/**
 * Ends what is left of a server of this cluster whose first process was killed: the others notice that by themselves,
 * but not while they wait for a slow disk, and hold its shared memory until then. Only Linux tells which they are.
 *
 * Only for whoever owns the cluster, and when no server serves it.
 */
export async function endStragglers(clusterDir: string): Promise<void> {
  const cluster = await stat(clusterDir).catch(() => null);
  const names = await readdir('/proc').catch(() => []);
  if (cluster === null) return;
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const workingDir = await stat(`/proc/${name}/cwd`).catch(() => null);
    if (workingDir?.ino !== cluster.ino || workingDir.dev !== cluster.dev) continue;
    if (!/^postgres\b/.test((await processCommandLine(Number(name))) ?? '')) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

async function endProcess(pid: number, clock: Clock, sendSignal: SendSignal): Promise<void> {
  const identity = await processIdentity(pid);
  for (const { signal, waitMs } of STOP_STEPS) {
    sendSignal(pid, signal);
    const deadlineMs = clock.monotonicMs() + waitMs;
    while (clock.monotonicMs() < deadlineMs) {
      if ((await processIdentity(pid)) !== identity) return;
      await clock.sleep(20);
    }
  }
}

function pidFile(clusterDir: string): string {
  return path.join(clusterDir, 'postmaster.pid');
}
