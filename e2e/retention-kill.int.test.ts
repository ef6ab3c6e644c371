import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  createRetentionBench,
  NOW_US,
  type RetentionBench,
} from '../src-main/core/retention/retention-test-kit.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';

/** Removals by a process that is killed in the middle, again and again. */

const MAIN = fileURLToPath(new URL('../out/headless/main.js', import.meta.url));
const STREAMS = ['cam-1', 'cam-2', 'cam-3'];
const SEGMENTS_EACH = 900;
const KILLS = 2;

let test: TestDatabase;
let bench: RetentionBench;
let dataDir: string;

beforeAll(async () => {
  test = await createTestDatabase();
  bench = await createRetentionBench(test);
  dataDir = await mkdtemp(join(tmpdir(), 'retention-kill-'));
  await writeFile(
    join(dataDir, 'liveman.toml'),
    `[database]\nurl = "${test.url}"\n[recorder.storage]\nroot = "${bench.root}"\n[[retention]]\nstreams = ["cam-*"]\nkeep_days = 1\n`,
  );
  await bench.clear();
  for (const stream of STREAMS) await bench.record(stream, NOW_US - 86_400_000_000, SEGMENTS_EACH);
  await bench.record('other', NOW_US - 86_400_000_000, 5);
});
afterAll(async () => {
  await bench?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const command = () =>
  spawn(process.execPath, [MAIN, 'retention', '--run', '--json', '--data', dataDir], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const rowCount = async () => Number((await bench.query('select count(*) as count from segments'))[0].count);

it('goes on where it was killed, and takes nothing else', { timeout: 90_000 }, async () => {
  let leftBefore = await rowCount();
  expect(leftBefore).toBe(2 * (STREAMS.length * SEGMENTS_EACH + 5));
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = command();
    const ended = once(child, 'exit');
    const before = leftBefore;
    await vi.waitFor(async () => expect(await rowCount()).toBeLessThan(before), {
      timeout: 30_000,
      interval: 20,
    });
    await delay(kill * 60);
    child.kill('SIGKILL');
    await ended;
    // Objects go before their rows: no file is left that no row knows.
    const rows = new Set((await bench.query('select path from segments')).map(({ path }) => path));
    const media = (await bench.files()).filter((file) => /_seg_/.test(file));
    expect(media.filter((file) => !rows.has(file))).toEqual([]);
    expect(media.filter((file) => file.startsWith('other/'))).toHaveLength(10);
    expect(await bench.contradictions()).toEqual([]);
    leftBefore = await rowCount();
  }
  expect(leftBefore).toBeGreaterThan(10);
  const last = command();
  let said = '';
  last.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const [status] = await once(last, 'exit');
  expect(status).toBe(0);
  expect(JSON.parse(said)).toMatchObject({ state: 'done', segments: leftBefore - 10, problem: null });
  expect(await rowCount()).toBe(10);
  expect((await bench.files()).filter((file) => !file.startsWith('other/'))).toEqual(['lost+found/x']);
  expect(await bench.contradictions()).toEqual([]);
});
