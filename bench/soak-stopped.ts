import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startOwnPostgres } from '../e2e/support/own-postgres.ts';
import { residentMb } from '../e2e/support/process-memory.ts';
import { startSoakLoad } from '../e2e/support/soak-load.ts';
import { printFigure } from './support/figure.ts';
import { type RunningServer, startManager } from './support/processes.ts';
import { inScratchFolder } from './support/scratch.ts';

const STOPPED_SEC = Number(process.env.STOPPED_SEC ?? 180);
const LOOK_EVERY_SEC = 15;
const NODES_EACH = 50;
const DRAIN_LIMIT_MS = 120_000;

/**
 * PostgreSQL is stopped (SIGSTOP) for minutes under two managers, to each of which 50 nodes report four times a second.
 *
 * Prints their memory meanwhile, and what of the acknowledged reports is lost or doubled afterwards: both must be 0.
 */
export async function run(): Promise<void> {
  const postgres = await startOwnPostgres();
  process.env.DATABASE_URL = postgres.url;
  const managers: RunningServer[] = [];
  try {
    await inScratchFolder(async (folder) => {
      for (const name of ['a', 'b']) {
        const dataDir = path.join(folder, name);
        await mkdir(dataDir);
        managers.push(await startManager(dataDir));
      }
      const loads = managers.map(({ origin }, i) => startSoakLoad(origin, NODES_EACH, `${i}`));
      await delay(LOOK_EVERY_SEC * 1000);
      const before = await memoryOf(managers);
      console.log(`memory before: ${before.map(inMb).join(', ')}`);
      await postgres.freeze();
      let most = before;
      for (let sec = LOOK_EVERY_SEC; sec <= STOPPED_SEC; sec += LOOK_EVERY_SEC) {
        await delay(LOOK_EVERY_SEC * 1000);
        const now = await memoryOf(managers);
        most = most.map((mb, i) => Math.max(mb, now[i] ?? 0));
        const kept = await Promise.all(managers.map(async ({ origin }) => (await statusOf(origin)).journal));
        const waiting = kept.map(({ entryCount }) => `${entryCount} reports`).join(', ');
        console.log(`stopped for ${sec} s: ${now.map(inMb).join(', ')}; in the journals ${waiting}`);
      }
      await postgres.thaw();
      const thawedMs = Date.now();
      await Promise.all(loads.map((load) => load.stop()));
      for (const { origin } of managers) await untilDrained(origin);
      for (const [i, mb] of most.entries()) {
        const ratio = mb / (before[i] ?? mb);
        printFigure({ name: `most memory of manager ${i + 1}`, value: mb, unit: 'MB', ratio, aim: 'flat' });
      }
      printFigure({ name: 'until all was indexed', value: (Date.now() - thawedMs) / 1000, unit: 's' });
      const acknowledged = loads.flatMap((load) => [...load.acknowledged]);
      const { doubled, lost } = await judge(postgres.url, acknowledged);
      printFigure({ name: 'acknowledged', value: acknowledged.length, unit: 'seg' });
      printFigure({ name: 'acknowledged segments lost', value: lost, unit: 'seg', aim: '0' });
      printFigure({ name: 'segments that are there twice', value: doubled, unit: 'seg', aim: '0' });
      if (lost + doubled > 0) process.exitCode = 1;
      for (const manager of managers) await manager.stop();
    });
  } finally {
    for (const manager of managers) await manager.stop();
    await postgres.close();
  }
}

const inMb = (mb: number): string => `${Math.round(mb)} MB`;

function memoryOf(managers: readonly RunningServer[]): Promise<number[]> {
  return Promise.all(managers.map(({ pid }) => residentMb(pid)));
}

async function statusOf(origin: string): Promise<{ journal: { entryCount: number } }> {
  const reply = await fetch(`${origin}/api/status`, { signal: AbortSignal.timeout(10_000) });
  return (await reply.json()) as { journal: { entryCount: number } };
}

async function untilDrained(origin: string): Promise<void> {
  const untilMs = Date.now() + DRAIN_LIMIT_MS;
  while ((await statusOf(origin)).journal.entryCount > 0) {
    if (Date.now() > untilMs) throw new Error('The journal was not drained.');
    await delay(200);
  }
}

async function judge(url: string, acknowledged: readonly string[]) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ path: string; count: number }>(
      'select path, count(*)::int as count from segments group by path',
    );
    const found = new Set(rows.map((row) => row.path));
    return {
      lost: acknowledged.filter((each) => !found.has(each)).length,
      doubled: rows.filter(({ count }) => count > 1).length,
    };
  } finally {
    await client.end();
  }
}
