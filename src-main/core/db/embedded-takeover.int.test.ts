import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { prepareClusterFolder } from './cluster-folder.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { findPostgresBinaries, postgresProgram, reachableBinaries } from './postgres-binaries.ts';
import { readPostmasterPid } from './postmaster-pid.ts';
import { processIdentity } from './process-identity.ts';

let folder = '';
let dataDir = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-takeover-'));
  await chmod(folder, 0o755);
  dataDir = path.join(folder, 'postgres');
  const first = await start();
  await query(first.url, 'create table kept as select 7 as answer');
  await first.stop();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function start(): Promise<EmbeddedPostgres> {
  const signal = AbortSignal.timeout(60_000);
  return startEmbeddedPostgres({ dataDir, logger: silentLogger, signal, clock: systemClock });
}

async function query(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end().catch(() => {});
  }
}

/** A server as a manager begins it that is killed in the next moment. */
async function spawnServer(): Promise<number> {
  const { user, clusterDir } = await prepareClusterFolder(dataDir);
  const binaries = await reachableBinaries(await findPostgresBinaries(), user);
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const child = spawn(postgresProgram(binaries, 'postgres'), ['-D', clusterDir, '-p', '0', ...settings], {
    ...(user && { uid: user.uid, gid: user.gid }),
    cwd: clusterDir,
    env: {},
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  await once(child, 'spawn');
  return child.pid ?? 0;
}

it.each([0, 15, 40, 100])(
  'takes over a server that was begun %i ms before, when it has hardly said that it is there',
  async (ageMs) => {
    const pid = await spawnServer();
    await systemClock.sleep(ageMs);
    const server = await start();
    try {
      expect(await query(server.url, 'select answer from kept')).toBe(7);
      expect(server.pid).not.toBe(pid);
      expect(await processIdentity(pid)).toBeNull();
    } finally {
      await server.stop();
    }
  },
  60_000,
);

it.runIf(process.platform === 'linux')(
  'does not wait for processes that a killed server has left behind, stopped as by a slow disk',
  async () => {
    const server = await start();
    const pool = new pg.Client({ connectionString: server.url });
    pool.on('error', () => {});
    await pool.connect();
    const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    const backend = rows[0]?.pid ?? 0;
    process.kill(backend, 'SIGSTOP');
    // A signal is delivered when the process runs next, which on a busy machine may be later.
    await expect.poll(() => readFile(`/proc/${backend}/stat`, 'utf8')).toContain(') T ');
    const exited = new Promise((resolve) => server.onExit(resolve));
    process.kill(server.pid, 'SIGKILL');
    await exited;
    await server.stop();
    expect(await readFile(`/proc/${backend}/stat`, 'utf8')).toContain(') T ');

    const again = await start();
    try {
      expect(await query(again.url, 'select answer from kept')).toBe(7);
      expect(await processIdentity(backend)).toBeNull();
      expect((await readPostmasterPid(path.join(dataDir, 'cluster')))?.pid).toBe(again.pid);
    } finally {
      await pool.end().catch(() => {});
      await again.stop();
    }
  },
  60_000,
);
