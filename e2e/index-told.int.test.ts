import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { copyCaptures } from './support/capture-storage.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { createEmptyDatabase } from './support/test-database.ts';

/** What a command does to the index beside a running manager, which keeps figures that take long to read. */

const MAIN = fileURLToPath(new URL('../out/headless/main.js', import.meta.url));

let database: pg.Client;
let dataDir: string;
let config: string;
let manager: ManagerProcess;

beforeAll(async () => {
  const url = await createEmptyDatabase();
  database = new pg.Client({ connectionString: url });
  await database.connect();
  dataDir = await makeDataDir();
  config = join(dataDir, 'liveman.toml');
  await writeFile(
    config,
    `[database]\nurl = "${url}"\n[recorder.storage]\nroot = "${join(dataDir, 'rec')}"\n`,
  );
  await copyCaptures('head', join(dataDir, 'rec'));
  manager = await startManager(dataDir, ['--config', config]);
});
afterAll(async () => {
  await manager?.kill();
  await database?.end();
  await removeDataDir(dataDir);
});

async function totals(): Promise<unknown[]> {
  const reply = await fetch(`${manager.origin}/api/index/usage`);
  return ((await reply.json()) as { totals: unknown[] }).totals;
}

it('is in the figures at once', async () => {
  await database.query('begin');
  await database.query('lock table recordings in access exclusive mode');
  const slow = totals();
  // So long that the figures are kept for a minute.
  await delay(1500);
  await database.query('commit');
  expect(await slow).toEqual([]);

  const args = ['index', '--storage', 'default', '--node', 'edge', '--data', dataDir, '--config', config];
  await promisify(execFile)(process.execPath, [MAIN, ...args], { cwd: dataDir });
  await expect.poll(async () => (await totals()).length, { timeout: 10_000 }).toBeGreaterThan(2);
});
