import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../src-main/core/base/logger.ts';
import { createManager } from '../src-main/core/manager.ts';
import { createFakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { capturePath, copyCaptures } from './support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';

/** A whole manager without a storage of its own, over HTTP: recordings of a node are found and play. */

let test: TestDatabase;
let folder: string;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-sync-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

it('finds the recordings of a node and serves their media from it, byte for byte', async () => {
  const onNode = join(folder, 'node');
  await mkdir(onNode);
  await copyCaptures('head', onNode, (path) => path.startsWith('cam3/'));
  const node = await createFakeNode({ generation: 'head', storageRoot: onNode, tokens: ['sesame'] });
  closing.push(() => node.close());
  const key = { stream: 'cam3', record: '1795345208' };
  const startUs = 1_795_345_208_747_982;
  node.recordings.begin({ ...key, recordDir: 'cam3/1795345208', startUs });
  node.recordings.complete(key, startUs + 35_200_000);

  const configPath = join(folder, 'liveman.toml');
  await writeFile(
    configPath,
    `[record_sync]\nenabled = true\ntick_ms = 200\n[[nodes]]\nalias = "edge-1"\nurl = "${node.url}"\ntoken = "sesame"\n`,
  );
  const manager = await createManager({
    dataDir: folder,
    configPath,
    port: 0,
    rendererDir: join(folder, 'no-window'),
    migrationsDir: resolve(import.meta.dirname, '../migrations'),
    version: '1.2.3',
    env: { DATABASE_URL: test.url },
    cwd: folder,
    logger: silentLogger,
  });
  closing.push(() => manager.close());
  const get = (path: string) => fetch(manager.url + path, { signal: AbortSignal.timeout(15_000) });

  const status = () => node.recordings.all()[0]?.status;
  await expect.poll(status, { timeout: 30_000, interval: 100 }).toBe('Acked');
  const path = 'cam3/1795345208/v_seg_0002.m4s';
  const bytes = await readFile(capturePath('head', 'recordings', path));
  const whole = await get(`/api/record/object/${path}`);
  expect(whole.status).toBe(200);
  expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);

  await node.setFault({ kind: 'refuse' });
  const other = await get('/api/record/object/cam3/1795345208/manifest.mpd');
  expect(other.status).toBe(503);
  expect(await other.text()).toMatch(/cannot be read from the node edge-1/);
});
