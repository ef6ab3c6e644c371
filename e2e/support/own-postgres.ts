import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src-main/core/base/clock.ts';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import { startEmbeddedPostgres } from '../../src-main/core/db/embedded-postgres.ts';

/** A PostgreSQL server that a test may stop and kill, and which is started anew when it was killed. */
export interface OwnPostgres {
  readonly url: string;
  /** SIGSTOP to all of its processes: connections stay, new ones are taken by the system, nothing is answered. */
  freeze(): Promise<void>;
  /** SIGCONT to them. */
  thaw(): Promise<void>;
  /** SIGKILL to the server itself, as the out-of-memory killer does. */
  kill(): void;
  close(): Promise<void>;
}

/** Starts one in a folder of its own. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'liveman-postgres-'));
  // As root the server runs as another user, who must get through.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'server'),
    logger: silentLogger,
    signal: AbortSignal.timeout(60_000),
    clock: systemClock,
  });
  const thaw = () => signalAll(server.pid, 'SIGCONT');
  return {
    url: server.url,
    freeze: () => signalAll(server.pid, 'SIGSTOP'),
    thaw,
    kill: () => {
      if (server.pid > 0) process.kill(server.pid, 'SIGKILL');
    },
    close: async () => {
      await thaw();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The server first: one that is stopped makes no new process. */
async function signalAll(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  if (pid <= 0) return;
  process.kill(pid, signal);
  for (const child of await childrenOf(pid)) {
    try {
      process.kill(child, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function childrenOf(parent: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    if (new RegExp(`^PPid:\\s*${parent}$`, 'm').test(status)) found.push(Number(name));
  }
  return found;
}
