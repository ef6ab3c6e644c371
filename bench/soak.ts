import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type DatabaseGate, startDatabaseGate } from '../e2e/support/database-gate.ts';
import { type SoakLoad, startSoakLoad } from '../e2e/support/soak-load.ts';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import {
  type EmbeddedPostgres,
  findServingUrl,
  startEmbeddedPostgres,
} from '../src-main/core/db/embedded-postgres.ts';
import { printFigure } from './support/figure.ts';
import { inScratchFolder, ROOT_DIR } from './support/scratch.ts';

const ROUNDS = Number(process.env.SOAK_ROUNDS ?? 50);
/** The longest pause before a blow; short ones hit managers that have hardly started. */
const PAUSE_MS = Number(process.env.SOAK_PAUSE_MS ?? 2500);
const NODES = 24;
const READY_LIMIT_MS = 60_000;
const DRAIN_LIMIT_MS = 60_000;

/** Kills and cuts, in turns; each leaves manager and database running. */
interface Rig {
  readonly origin: string;
  /** What can happen in a round. */
  readonly blows: readonly Blow[];
  /** URL of the database for looking at the outcome. */
  databaseUrl(): Promise<string>;
  close(): Promise<void>;
}

interface Blow {
  readonly name: string;
  strike(): Promise<void>;
}

/**
 * `kill -9` of manager and PostgreSQL, and a database that is away or hangs, at random moments under load.
 *
 * Says how many acknowledged segments are not in the index afterwards, and how many are there twice: both must be 0.
 */
export async function run(): Promise<void> {
  await soak('built-in PostgreSQL', Math.floor(ROUNDS / 2), builtInRig);
  await soak('external PostgreSQL', Math.ceil(ROUNDS / 2), externalRig);
}

async function soak(name: string, rounds: number, makeRig: (folder: string) => Promise<Rig>): Promise<void> {
  await inScratchFolder(async (folder) => {
    // The built-in PostgreSQL's own user has to get through.
    await chmod(folder, 0o755);
    const rig = await makeRig(folder);
    try {
      const load = startSoakLoad(rig.origin, NODES, '0');
      const counts = new Map<string, number>();
      let mostWaiting = 0;
      let slowestMs = 0;
      for (let round = 0; round < rounds; round += 1) {
        await delay(Math.random() * PAUSE_MS);
        const blow = rig.blows[round % rig.blows.length] as Blow;
        counts.set(blow.name, (counts.get(blow.name) ?? 0) + 1);
        const struckMs = Date.now();
        await blow.strike();
        slowestMs = Math.max(slowestMs, Date.now() - struckMs);
        const waiting = (await status(rig.origin))?.journal.entryCount ?? 0;
        mostWaiting = Math.max(mostWaiting, waiting);
      }
      await load.stop();
      await untilDrained(rig.origin);
      console.log(
        `${name}: ${[...counts].map(([blow, count]) => `${count} x ${blow}`).join(', ')}; most reports in the journal: ${mostWaiting}`,
      );
      printFigure({ name: `slowest return, ${name}`, value: slowestMs / 1000, unit: 's' });
      await judge(await rig.databaseUrl(), load, `${rounds} rounds, ${name}`);
    } finally {
      await rig.close();
    }
  });
}

async function judge(url: string, load: SoakLoad, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ path: string; count: number }>(
      'select path, count(*)::int as count from segments group by path',
    );
    const found = new Map(rows.map((row) => [row.path, row.count]));
    const lost = [...load.acknowledged].filter((each) => !found.has(each)).length;
    const doubled = rows.filter(({ count }) => count > 1).length;
    printFigure({ name: `acknowledged, ${name}`, value: load.acknowledged.size, unit: 'seg' });
    printFigure({ name: 'answers that did not come or said no', value: load.failures, unit: '' });
    printFigure({ name: 'acknowledged segments lost', value: lost, unit: 'seg', aim: '0' });
    printFigure({ name: 'segments that are there twice', value: doubled, unit: 'seg', aim: '0' });
    const { rows: wrong } = await client.query<{ count: number }>(`
      select count(*)::int as count from (
        select stream, sum(end_ts - start_ts) from segments group by stream
        except select stream, sum(duration_us) from day_totals group by stream) as differing`);
    printFigure({ name: 'streams with wrong totals', value: wrong[0]?.count ?? 0, unit: '', aim: '0' });
    if (lost + doubled + (wrong[0]?.count ?? 0) > 0) process.exitCode = 1;
  } finally {
    await client.end();
  }
}

/** A manager whose PostgreSQL comes along. */
async function builtInRig(folder: string): Promise<Rig> {
  const manager = await startProcess(folder, '');
  const pidFile = path.join(folder, 'data/postgres/cluster/postmaster.pid');
  const killDatabase = async () => {
    const text = await readFile(pidFile, 'utf8').catch(() => '');
    const pid = Number(text.split('\n', 1)[0]);
    try {
      if (pid > 0) process.kill(pid, 'SIGKILL');
    } catch {
      // It has not come back from the blow before.
    }
  };
  return {
    origin: manager.origin,
    blows: [
      { name: 'kill of the manager', strike: () => manager.restart() },
      {
        name: 'kill of PostgreSQL',
        strike: async () => {
          await killDatabase();
          await untilUp(manager.origin);
        },
      },
      {
        name: 'kill of both',
        strike: async () => {
          await killDatabase();
          await delay(Math.random() * 300);
          await manager.restart();
        },
      },
    ],
    databaseUrl: async () => (await findServingUrl(path.join(folder, 'data/postgres'))) ?? '',
    close: () => manager.stop(),
  };
}

/** A manager with a PostgreSQL of its own, to which the way can be cut. */
async function externalRig(folder: string): Promise<Rig> {
  const server = await startEmbeddedPostgres({
    dataDir: path.join(folder, 'server'),
    logger: silentLogger,
    signal: new AbortController().signal,
    clock: systemClock,
  });
  const gate = await startDatabaseGate(server.url);
  const manager = await startProcess(folder, `[database]\nurl = "${gate.url}"\n`);
  return {
    origin: manager.origin,
    blows: [
      { name: 'kill of the manager', strike: () => manager.restart() },
      { name: 'kill of PostgreSQL', strike: () => killServer(server, manager.origin) },
      { name: 'database away for a while', strike: () => shut(gate, 'cut', manager.origin) },
      { name: 'database that hangs for a while', strike: () => shut(gate, 'stalled', manager.origin) },
      {
        name: 'kill of the manager while the database is away',
        strike: async () => {
          gate.set('cut');
          await delay(1000 + Math.random() * 1500);
          manager.kill();
          gate.set('open');
          await manager.restart();
        },
      },
    ],
    databaseUrl: async () => server.url,
    close: async () => {
      await manager.stop();
      await gate.close();
      await server.stop();
    },
  };
}

async function killServer(server: EmbeddedPostgres, origin: string): Promise<void> {
  if (server.pid > 0) process.kill(server.pid, 'SIGKILL');
  await untilUp(origin);
}

async function shut(gate: DatabaseGate, state: 'cut' | 'stalled', origin: string): Promise<void> {
  gate.set(state);
  await delay(3000 + Math.random() * 4000);
  gate.set('open');
  await untilUp(origin);
}

interface KillableManager {
  readonly origin: string;
  kill(): void;
  /** SIGKILL, unless it is over, and a new start. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

async function startProcess(folder: string, toml: string): Promise<KillableManager> {
  const port = await quietPort();
  const origin = `http://127.0.0.1:${port}`;
  const dataDir = path.join(folder, 'data');
  await mkdir(dataDir);
  const config = path.join(folder, 'liveman.toml');
  await writeFile(config, toml);
  const main = path.join(ROOT_DIR, 'out/headless/main.js');
  const args = [main, 'serve', '--data', dataDir, '--config', config, '--port', `${port}`];
  let child: ChildProcess | null = null;
  const start = async () => {
    const log = await open(path.join(folder, 'manager.log'), 'a');
    child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', log.fd] });
    await log.close();
    const ended = once(child, 'exit').then(() =>
      Promise.reject(new Error('The manager ended at its start.')),
    );
    await Promise.race([untilUp(origin), ended]).catch(async (error: unknown) => {
      console.error((await readFile(path.join(folder, 'manager.log'), 'utf8')).slice(-5000));
      throw error;
    });
    ended.catch(() => {});
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  await start();
  return {
    origin,
    kill: () => void child?.kill('SIGKILL'),
    restart: async () => {
      await end('SIGKILL');
      await start();
    },
    stop: () => end('SIGTERM'),
  };
}

/** A port that no other program is given while the manager is down: below those that the system hands out. */
async function quietPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]);
    server.close();
    if (isFree) return port;
  }
}

interface Status {
  database: { isUp: boolean };
  journal: { entryCount: number };
}

async function status(origin: string): Promise<Status | null> {
  try {
    const response = await fetch(`${origin}/api/status`, { signal: AbortSignal.timeout(5000) });
    return response.ok ? ((await response.json()) as Status) : null;
  } catch {
    return null;
  }
}

async function untilUp(origin: string): Promise<void> {
  const untilMs = Date.now() + READY_LIMIT_MS;
  while ((await status(origin)) === null) {
    if (Date.now() > untilMs) throw new Error('The manager did not come back.');
    await delay(100);
  }
}

async function untilDrained(origin: string): Promise<void> {
  const untilMs = Date.now() + DRAIN_LIMIT_MS;
  for (;;) {
    const found = await status(origin);
    if (found?.database.isUp && found.journal.entryCount === 0) return;
    if (Date.now() > untilMs) throw new Error(`The journal was not drained: ${JSON.stringify(found)}.`);
    await delay(200);
  }
}
