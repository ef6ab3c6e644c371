import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import { type ClusterFolder, readLogTail } from './cluster-folder.ts';
import type { OsUser } from './os-user.ts';
import { type PostgresBinaries, postgresProgram } from './postgres-binaries.ts';
import { readPostmasterPid, type SendSignal, STOP_STEPS } from './postmaster-pid.ts';

const run = promisify(execFile);

/** The role and the database of the embedded server. */
export const EMBEDDED_ROLE = 'liveman';

/**
 * Recovery after a power cut reads and syncs the whole cluster, which takes minutes when it is large; a server
 * that is alive is waited for this long.
 */
const START_LIMIT_MS = 10 * 60_000;
const INITDB_LIMIT_MS = 120_000;

/** How the server is set up; `-c` arguments win over the files in the cluster. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '40',
  shared_buffers: '128MB',
  fsync: 'on',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_checkpoints: 'off',
  jit: 'off',
};

/** How the process of a server ended. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running server that we started. */
export interface PostgresProcess {
  pid: number;
  /** Resolves when it has ended, for whatever reason. */
  exited: Promise<ProcessExit>;
}

/** Makes an empty cluster in `draftDir` with the role `liveman` and the password in `passwordFile`. */
export async function runInitdb(
  binaries: PostgresBinaries,
  user: OsUser | null,
  draftDir: string,
  passwordFile: string,
): Promise<void> {
  const args = ['-D', draftDir, '-U', EMBEDDED_ROLE, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  // PostgreSQL's own C.UTF-8 sorts alike on every system and needs none of the system's locales.
  args.push('--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  try {
    await run(postgresProgram(binaries, 'initdb'), args, {
      ...asUser(user),
      cwd: draftDir,
      env: serverEnvironment(),
      timeout: INITDB_LIMIT_MS,
    });
  } catch (cause) {
    const output =
      cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : errorMessage(cause);
    throw new AppError(
      'database_unavailable',
      `The database could not be created in ${draftDir}: ${output}`,
      { cause },
    );
  }
}

/**
 * Starts the server and waits until it accepts connections.
 *
 * The server has its own session, so that a signal for our process group does not end it under us. Throws
 * `database_unavailable` with the end of its log when it does not come up; the process is gone then. Stops and
 * throws the reason when `signal` aborts.
 */
export async function startPostgres(
  binaries: PostgresBinaries,
  folder: ClusterFolder,
  port: number,
  settings: Record<string, string>,
  clock: Clock,
  signal: AbortSignal,
): Promise<PostgresProcess> {
  signal.throwIfAborted();
  const log = await open(folder.logFile, 'a', 0o600);
  let child: ChildProcess;
  let logStartByte: number;
  try {
    if (folder.user) await log.chown(folder.user.uid, folder.user.gid);
    logStartByte = (await stat(folder.logFile)).size;
    const args = ['-D', folder.clusterDir, '-p', String(port)];
    for (const [name, value] of Object.entries({ ...SETTINGS, ...settings }))
      args.push('-c', `${name}=${value}`);
    child = spawn(postgresProgram(binaries, 'postgres'), args, {
      ...asUser(folder.user),
      cwd: folder.clusterDir,
      env: serverEnvironment(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      windowsHide: true,
    });
  } finally {
    await log.close();
  }
  const exited = exitOf(child);
  const server = { pid: child.pid ?? 0, exited };
  let exit: ProcessExit | null = null;
  void exited.then((value) => {
    exit = value;
  });
  const deadlineMs = clock.monotonicMs() + START_LIMIT_MS;
  while (exit === null) {
    const state = await readPostmasterPid(folder.clusterDir);
    if (state?.pid === server.pid && state.isReady) return server;
    if (signal.aborted || clock.monotonicMs() > deadlineMs) {
      await stopPostgres(server, clock, signalSender(binaries));
      signal.throwIfAborted();
      throw new AppError(
        'database_unavailable',
        `PostgreSQL was not ready after ${START_LIMIT_MS / 60_000} minutes.`,
      );
    }
    await clock.sleep(10);
  }
  const tail = await readLogTail(folder.logFile, logStartByte);
  throw new AppError(
    'database_unavailable',
    `PostgreSQL did not start (${describeExit(exit)}). ${tail || 'It said nothing.'} Its log: ${folder.logFile}`,
  );
}

/** Ends a server within 5 s: fast, then at once, then by force. Returns when it has ended. */
export async function stopPostgres(
  server: PostgresProcess,
  clock: Clock,
  sendSignal: SendSignal,
): Promise<void> {
  for (const { signal, waitMs } of STOP_STEPS) {
    sendSignal(server.pid, signal);
    const waiting = new AbortController();
    const hasEnded = server.exited.then(() => true);
    const isLate = clock.sleep(waitMs, waiting.signal).then(() => false);
    const isOver = await Promise.race([hasEnded, isLate]);
    waiting.abort();
    if (isOver) return;
  }
}

/** The way to signal a server of these binaries on this platform; an ended process is no error. */
export function signalSender(binaries: PostgresBinaries): SendSignal {
  return (pid, signal) => {
    if (pid <= 0) return;
    if (process.platform === 'win32' && signal !== 'SIGKILL') {
      execFile(postgresProgram(binaries, 'pg_ctl'), ['kill', signal.slice(3), String(pid)], () => {});
      return;
    }
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  };
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** In words, for logs and messages. */
export function describeExit(exit: ProcessExit): string {
  return exit.signal ? `ended by ${exit.signal}` : `exit code ${exit.code}`;
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    // A program that cannot be run at all has no exit.
    child.once('error', () => resolve({ code: 127, signal: null }));
  });
}

function asUser(user: OsUser | null): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {};
}

/** What programs need to run at all. The rest may hold secrets, or (`PG*`, `LC_*`) change what the programs do. */
const NEEDED_VARIABLES =
  /^(PATH|HOME|USER|TMPDIR|TEMP|TMP|TZDIR|LD_LIBRARY_PATH|DYLD_\w+|SystemRoot|windir|ComSpec|PATHEXT)$/i;

function serverEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => NEEDED_VARIABLES.test(name)));
}
