import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ROOT_DIR } from './scratch.ts';

const MAIN = path.join(ROOT_DIR, 'out/headless/main.js');
/** Generous: the machine may be busy with other things. */
const START_LIMIT_MS = 90_000;

/** Runs a program to its end; throws with what it said when it fails or takes longer than `timeoutMs`. */
export async function runProgram(
  command: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<string> {
  const options = { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 };
  return (await promisify(execFile)(command, [...args], options)).stdout;
}

/** `liveman index` over a storage folder. */
export async function indexStorage(storageDir: string, dataDir: string): Promise<void> {
  await runProgram(process.execPath, [MAIN, 'index', '--storage', storageDir, '--data', dataDir], 60_000);
}

export interface RunningServer {
  origin: string;
  pid: number;
  stop(): Promise<void>;
}

/** The built manager on a free port, as a process of its own. */
export async function startManager(dataDir: string): Promise<RunningServer> {
  const port = await freePort();
  const args = [MAIN, 'serve', '--data', dataDir, '--port', `${port}`];
  return started(spawn(process.execPath, args, { cwd: dataDir, stdio: ['ignore', 'ignore', 'pipe'] }), port);
}

/** Waits until the program listens on `port`; ends it when it does not within 90 s. */
export async function started(child: ChildProcess, port: number): Promise<RunningServer> {
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const isOver = await Promise.race([once(child, 'exit').then(() => true), delay(5000, false)]);
    if (!isOver) child.kill('SIGKILL');
  };
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const untilMs = Date.now() + START_LIMIT_MS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || Date.now() > untilMs) {
      await stop();
      throw new Error(`${child.spawnfile} did not begin to listen on port ${port}. ${said}`);
    }
    await delay(50);
  }
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop };
}

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The most memory a process has had at once, in megabytes; `null` where the system does not tell. */
export async function peakMemoryMb(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? null : (Number(kilobytes) * 1024) / 1e6;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
