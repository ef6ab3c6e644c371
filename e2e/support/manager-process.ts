import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../out/headless/main.js', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 45_000;

/** The built manager as a process of its own, as a user runs it. */
export interface ManagerProcess {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly pid: number;
  readonly dataDir: string;
  /** All it has written to standard error so far. */
  log(): string;
  /** SIGTERM, and waits for the end; returns the exit status. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

/** A fresh data folder; the built-in PostgreSQL's own user must be able to enter it. */
export async function makeDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'liveman-e2e-'));
}

export function removeDataDir(dataDir: string): Promise<void> {
  return rm(dataDir, { recursive: true, force: true });
}

/**
 * Starts `liveman serve` on a free port and waits for its ready line; rejects where it ends before.
 *
 * `onSpawn` gets the process id, for those who end it on the way.
 */
export async function startManager(
  dataDir: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  onSpawn?: (pid: number) => void,
): Promise<ManagerProcess> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--data', dataDir, ...args], {
    cwd: dataDir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) onSpawn?.(child.pid);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const origin = await waitForReadyLine(child, () => log);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    try {
      await once(child, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
    } catch (error) {
      // It names what takes long to close.
      const message = `The manager has not ended ${STOP_TIMEOUT_MS} ms after ${signal}:\n${log.slice(-3000)}`;
      throw new Error(message, { cause: error });
    }
  };
  return {
    origin,
    pid: child.pid as number,
    dataDir,
    log: () => log,
    stop: async () => {
      await end('SIGTERM');
      return child.exitCode;
    },
    kill: () => end('SIGKILL'),
  };
}

async function waitForReadyLine(child: ChildProcess, log: () => string): Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const timeout = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS);
  try {
    for await (const line of lines) {
      const match = /^Liveman ready: (\S+)$/.exec(line);
      if (match?.[1]) return new URL(match[1]).origin;
    }
    throw new Error(`The manager ended before it was ready:\n${log()}`);
  } finally {
    clearTimeout(timeout);
  }
}
