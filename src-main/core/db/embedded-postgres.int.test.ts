import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { findClosedFolder, findUser, isRunningAsRoot } from './os-user.ts';
import { isProcessAlive, processIdentity } from './process-identity.ts';

/** The repository, below which a built program finds its packages. */
const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

let folder = '';
let dataDir = '';
let program = '';
const running: EmbeddedPostgres[] = [];
const holders: { child: ChildProcess; serverPid: number }[] = [];

beforeAll(async () => {
  program = await buildHolder();
}, 60_000);

afterAll(() => rm(path.dirname(program), { recursive: true, force: true }));

afterEach(async () => {
  for (const { child, serverPid } of holders.splice(0)) {
    child.kill('SIGKILL');
    // SIGKILL would leave shared memory behind.
    if (serverPid > 0 && isProcessAlive(serverPid)) process.kill(serverPid, 'SIGQUIT');
    while (serverPid > 0 && (await processIdentity(serverPid)) !== null) await systemClock.sleep(20);
  }
  for (const server of running.splice(0)) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A new folder with a space in its name, which other users may enter. */
async function newDataDir(): Promise<string> {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman db '));
  await chmod(folder, 0o755);
  dataDir = path.join(folder, 'data', 'postgres');
  return dataDir;
}

async function start(dir = dataDir): Promise<EmbeddedPostgres> {
  const signal = AbortSignal.timeout(60_000);
  const server = await startEmbeddedPostgres({
    dataDir: dir,
    logger: silentLogger,
    signal,
    clock: systemClock,
  });
  running.push(server);
  return server;
}

async function query(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query({ text, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end().catch(() => {});
  }
}

/** Another manager: a process of its own that starts the server in a folder and says so. */
interface Holder {
  child: ChildProcess;
  pid: number;
  url: string;
  serverPid: number;
}

async function startHolder(dir: string, options: { uid?: number; gid?: number } = {}): Promise<Holder> {
  const env = { PATH: process.env.PATH, HOME: folder };
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  const child = spawn(process.execPath, [program, dir], {
    ...options,
    env,
    stdio: [...stdio],
    detached: true,
  });
  const entry = { child, serverPid: 0 };
  holders.push(entry);
  let output = '';
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', function read(chunk: Buffer) {
      output += chunk.toString();
      if (!output.includes('\n')) return;
      child.stdout?.off('data', read);
      const { url, serverPid } = JSON.parse(output) as { url: string; serverPid: number };
      entry.serverPid = serverPid;
      resolve({ child, pid: child.pid ?? 0, url, serverPid });
    });
    child.once('exit', (code) => reject(new Error(`the holder ended with ${code}: ${errors}`)));
  });
}

/** Builds a small program around `startEmbeddedPostgres`, so that it can be killed. */
async function buildHolder(): Promise<string> {
  await mkdir(path.join(REPOSITORY, 'out'), { recursive: true });
  const outDir = await mkdtemp(path.join(REPOSITORY, 'out', 'holder-'));
  await chmod(outDir, 0o755);
  const entry = path.join(outDir, 'holder.ts');
  const from = (name: string) => JSON.stringify(path.join(REPOSITORY, 'src-main/core', name));
  await writeFile(
    entry,
    `import { systemClock } from ${from('base/clock.ts')};
    import { silentLogger } from ${from('base/logger.ts')};
    import { startEmbeddedPostgres } from ${from('db/embedded-postgres.ts')};
    const server = await startEmbeddedPostgres({
      dataDir: process.argv[2], logger: silentLogger, clock: systemClock, signal: new AbortController().signal,
    });
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => console.log('signalled'));
    process.on('SIGUSR2', async () => { await server.stop(); process.exit(0); });
    setInterval(() => {}, 1000);
    console.log(JSON.stringify({ url: server.url, serverPid: server.pid }));`,
  );
  await build({
    configFile: false,
    logLevel: 'error',
    root: REPOSITORY,
    build: {
      ssr: entry,
      outDir,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: 'holder.mjs' } },
    },
  });
  return path.join(outDir, 'holder.mjs');
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

async function endCleanly(holder: Holder): Promise<void> {
  const ended = exitOf(holder.child);
  holder.child.kill('SIGUSR2');
  expect(await ended).toBe(0);
}

describe('startEmbeddedPostgres', () => {
  it('makes a cluster that keeps its data, in a path with spaces, for this user', async () => {
    await newDataDir();
    const first = await start();
    const firstPid = first.pid;
    expect(await processIdentity(firstPid)).not.toBeNull();
    expect(first.wasTakenOver).toBe(false);
    await query(first.url, 'create table kept as select 42 as answer');
    expect(await query(first.url, 'show server_encoding')).toBe('UTF8');
    expect(await query(first.url, 'show fsync')).toBe('on');
    expect(await query(first.url, 'show listen_addresses')).toBe('127.0.0.1');
    expect(
      await query(
        first.url,
        'select datcollate || datlocale from pg_database where datname = current_database()',
      ),
    ).toBe('CC.UTF-8');
    expect(
      await query(first.url, `select max(setting) from pg_settings where name = 'unix_socket_directories'`),
    ).toBe('');
    const password = await stat(path.join(dataDir, 'password'));
    expect(password.mode & 0o777).toBe(0o600);
    await first.stop();
    await first.stop();
    expect(first.pid).toBe(0);
    expect(await processIdentity(firstPid)).toBeNull();

    const second = await start();
    expect(second.wasTakenOver).toBe(false);
    expect(await query(second.url, 'select answer from kept')).toBe(42);
  });

  it('lets nobody in without the password', async () => {
    await newDataDir();
    const server = await start();
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('takes over the cluster of a manager that was killed, with all that was committed', async () => {
    await newDataDir();
    const holder = await startHolder(dataDir);
    await query(holder.url, 'create table kept as select 7 as answer');
    const ended = exitOf(holder.child);
    holder.child.kill('SIGKILL');
    await ended;
    expect(isProcessAlive(holder.serverPid)).toBe(true);

    const server = await start();
    expect(server.wasTakenOver).toBe(true);
    expect(await processIdentity(holder.serverPid)).toBeNull();
    expect(await query(server.url, 'select answer from kept')).toBe(7);
  });

  it('refuses a second manager on one folder and names the first', async () => {
    await newDataDir();
    const holder = await startHolder(dataDir);
    await expect(start()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`Another Liveman (process ${holder.pid}) has been using`),
    });
    expect(await query(holder.url, 'select 1')).toBe(1);
  });

  it('refuses to start twice in one process', async () => {
    await newDataDir();
    await start();
    await expect(start()).rejects.toThrow(/^This process has been using the database folder/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'keeps the server through %s for the whole process group',
    async (signal) => {
      await newDataDir();
      const holder = await startHolder(dataDir);
      const signalled = new Promise((resolve) => holder.child.stdout?.once('data', resolve).resume());
      process.kill(-holder.pid, signal);
      await signalled;
      // Time for a signal to be handled, if it did reach the server.
      await systemClock.sleep(200);
      expect(await readFile(path.join(dataDir, 'postgres.log'), 'utf8')).not.toMatch(/received \w+ shutdown/);
      expect(await query(holder.url, 'select 1')).toBe(1);
      await endCleanly(holder);
      expect(await processIdentity(holder.serverPid)).toBeNull();
    },
  );

  it('restarts a server that crashed, under the same URL, and says so', async () => {
    await newDataDir();
    const server = await start();
    await query(server.url, 'create table kept as select 9 as answer');
    const crashed = new Promise((resolve) => server.onExit(resolve));
    const pid = server.pid;
    process.kill(pid, 'SIGKILL');
    expect(await crashed).toEqual({ code: null, signal: 'SIGKILL' });
    const answer = await eventually(() => query(server.url, 'select answer from kept'));
    expect(answer).toBe(9);
    expect(server.pid).not.toBe(pid);
  });

  it('starts over a pid file that names another program or nobody', async () => {
    await newDataDir();
    const first = await start();
    const pidFile = path.join(dataDir, 'cluster', 'postmaster.pid');
    const content = await readFile(pidFile, 'utf8');
    const owner = await stat(pidFile);
    await first.stop();
    for (const pid of [process.pid, 4_000_000]) {
      await writeFile(pidFile, content.replace(/^\d+/, String(pid)));
      if (isRunningAsRoot()) await chown(pidFile, owner.uid, owner.gid);
      await writeFile(
        path.join(dataDir, 'owner.json'),
        JSON.stringify({ pid, identity: 'another life', startedAt: 'x' }),
      );
      const again = await start();
      expect(again.wasTakenOver).toBe(false);
      expect(await query(again.url, 'select 1')).toBe(1);
      await again.stop();
    }
  });

  it('begins again when the making of the cluster was cut short', async () => {
    await newDataDir();
    await mkdir(path.join(dataDir, 'cluster.partial'), { recursive: true });
    await writeFile(path.join(dataDir, 'cluster.partial', 'PG_VERSION'), '18\n');
    expect(await query((await start()).url, 'select 1')).toBe(1);
  });

  it('refuses a cluster of another major version in words', async () => {
    await newDataDir();
    const server = await start();
    await server.stop();
    await writeFile(path.join(dataDir, 'cluster', 'PG_VERSION'), '99\n');
    await expect(start()).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining('made by PostgreSQL 99, which is newer than the built-in PostgreSQL'),
    });
  });

  it('says that the password file is missing', async () => {
    await newDataDir();
    await (await start()).stop();
    await rm(path.join(dataDir, 'password'));
    await expect(start()).rejects.toThrow(/password file .* is missing/);
  });

  it('shows why the server does not start', async () => {
    await newDataDir();
    const settings = { shared_buffers: 'nonsense' };
    const signal = AbortSignal.timeout(60_000);
    const options = { dataDir, logger: silentLogger, signal, clock: systemClock, settings };
    await expect(startEmbeddedPostgres(options)).rejects.toThrow(
      /invalid value for parameter "shared_buffers"/,
    );
    // What was claimed for the failed start is free again.
    expect(await query((await start()).url, 'select 1')).toBe(1);
  });

  it('gives up a start whose signal is aborted', async () => {
    await newDataDir();
    const signal = AbortSignal.abort(new Error('enough'));
    const options = { dataDir, logger: silentLogger, signal, clock: systemClock };
    await expect(startEmbeddedPostgres(options)).rejects.toThrow('enough');
  });
});

describe.runIf(isRunningAsRoot())('as root', () => {
  it('runs the server as another user', async () => {
    await newDataDir();
    const server = await start();
    const cluster = await stat(path.join(dataDir, 'cluster'));
    expect(cluster.uid).not.toBe(0);
    expect((await stat(path.join(dataDir, 'password'))).uid).toBe(0);
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\t${cluster.uid}\\t${cluster.uid}`, 'm'));
  });

  it('names a closed folder above the data and the remedy', async () => {
    await newDataDir();
    await chmod(folder, 0o700);
    await expect(start()).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining(`may not enter ${folder}. Run \`chmod o+x '${folder}'\``),
    });
  });

  it('goes on with the cluster of an ordinary user, as that user', async () => {
    await newDataDir();
    const nobody = await findUser('nobody');
    if (!nobody) throw new Error('this system has no user nobody');
    // A checkout in a closed home is run by its owner only.
    expect(await findClosedFolder(program, nobody), 'the repository can be read by other users').toBeNull();
    await mkdir(path.dirname(dataDir), { recursive: true });
    await chown(path.dirname(dataDir), nobody.uid, nobody.gid);
    const holder = await startHolder(dataDir, { uid: nobody.uid, gid: nobody.gid });
    await query(holder.url, 'create table kept as select 5 as answer');
    expect((await stat(path.join(dataDir, 'cluster'))).uid).toBe(nobody.uid);
    await endCleanly(holder);

    const server = await start();
    expect((await stat(path.join(dataDir, 'cluster'))).uid).toBe(nobody.uid);
    expect(await query(server.url, 'select answer from kept')).toBe(5);
    await server.stop();

    const again = await startHolder(dataDir, { uid: nobody.uid, gid: nobody.gid });
    expect(await query(again.url, 'select answer from kept')).toBe(5);
  });

  it('tells an ordinary user whose cluster it is', async () => {
    await newDataDir();
    await (await start()).stop();
    const nobody = await findUser('nobody');
    if (!nobody) throw new Error('this system has no user nobody');
    await expect(startHolder(dataDir, { uid: nobody.uid, gid: nobody.gid })).rejects.toThrow(
      /belongs to another OS user \(uid \d+\)/,
    );
  });
});

/** Asks again until it works; the test's own time limit ends it. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  while (true) {
    try {
      return await ask();
    } catch {
      await systemClock.sleep(50);
    }
  }
}
