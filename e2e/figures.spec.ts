import { execFile } from 'node:child_process';
import { copyFile, mkdir, rename, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, type Page, test } from '@playwright/test';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { formatBytes, formatCount, formatCounted } from '../src-renderer/format/numbers.ts';
import { type CaptureVersion, capturePath, captureTimes } from './support/capture-storage.ts';
import { queryEmbedded } from './support/embedded-database.ts';
import { keepPictures, look } from './support/look.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** The figures of storage and index are those of the database: of nothing at all, then of two storages. */

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../out/headless/main.js', import.meta.url));
const DAY_S = 86_400;
/** Noon of days that do not change while the test runs, and that the view shows. */
const NOON_S = Math.floor(Date.now() / 1000 / DAY_S) * DAY_S + DAY_S / 2;

let dataDir: string;
let config: string;
let manager: ManagerProcess;
let node: FakeNode;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  config = join(dataDir, 'liveman.toml');
  node = await createFakeNode({ generation: 'head' });
  await mkdir(join(dataDir, 'recorded'));
  await mkdir(join(dataDir, 'pier'));
  await writeFile(
    config,
    `[recorder.storage]\nroot = "${join(dataDir, 'recorded')}"
[[storages]]\nname = "pier"\nroot = "${join(dataDir, 'pier')}"
[record_sync]\nenabled = true\ntick_ms = 1000
[[nodes]]\nalias = "edge-1"\nurl = "${node.url}"
[[nodes]]\nalias = "edge-2"\nurl = "http://127.0.0.1:9"\nstorage = "pier"\n`,
  );
  manager = await startManager(dataDir, ['--config', config]);
});
test.afterAll(async () => {
  await manager?.stop();
  await node?.close();
  await removeDataDir(dataDir);
});

/** Puts captured recordings of some streams into a storage as if they had begun at noon some days ago. */
async function record(version: CaptureVersion, streams: readonly string[], folder: string, daysAgo: number) {
  for (const [objectPath, modifiedMs] of Object.entries(await captureTimes(version))) {
    const [stream = '', id = '', name = ''] = objectPath.split('/');
    if (!streams.includes(stream)) continue;
    const startS = NOON_S - daysAgo * DAY_S;
    const target = join(dataDir, folder, stream, String(startS), name);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(capturePath(version, 'recordings', objectPath), target);
    const modifiedS = modifiedMs / 1000 - Number(id) + startS;
    await utimes(target, modifiedS, modifiedS);
  }
}

async function index(storage: string, alias: string): Promise<void> {
  const args = [MAIN, 'index', '--storage', storage, '--node', alias, '--data', dataDir, '--config', config];
  await run(process.execPath, args, { cwd: dataDir });
}

async function show(page: Page, tab: string): Promise<void> {
  await page.goto(`${manager.origin}/#/storage?show=${tab}`);
  await page.reload();
}

/** A tile with its title, figure and hint. */
const tile = (page: Page, title: string) => page.getByRole('link', { name: new RegExp(`^${title}\\b`) });

async function sumsOf(where: string): Promise<{ stream: string; segments: number; bytes: number }[]> {
  const rows = await queryEmbedded(
    dataDir,
    `select stream, count(*)::int as segments, sum(size_bytes)::float8 as bytes from segments where ${where} group by stream order by stream`,
  );
  return rows as { stream: string; segments: number; bytes: number }[];
}

test('words stand where there is nothing yet', async ({ page }) => {
  await show(page, 'sizes');
  await expect(page.getByText('Nothing is stored yet')).toBeVisible();
  await expect(tile(page, 'Recorded').first()).toContainText('no recordings yet');
  await expect(tile(page, 'Growth').first()).toContainText('known after the first whole day');
  await expect(tile(page, 'Ingest').first()).toContainText('all segments are examined');
  await expect(tile(page, 'Index lag').first()).toContainText('nothing is recorded now');
  await expect(tile(page, 'Journal').first()).toContainText('nothing waits for the database');
  await look(page, 'storage-empty');
  await show(page, 'recordings');
  await expect(page.getByRole('heading', { name: 'No recordings yet' })).toBeVisible();
  await show(page, 'ingest');
  const nodes = page.getByRole('grid', { name: 'Nodes and the index' });
  await expect(nodes.getByRole('row', { name: /edge-1 Its list is fetched.*ago/ })).toBeVisible();
  await expect(nodes.getByRole('row', { name: /edge-2/ })).toContainText(/connection is refused/);
  await keepPictures(page, 'storage-ingest-empty');
  await show(page, 'retention');
  await expect(page.getByText('Nothing was removed so far.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'What would go' })).toContainText('Nothing.');
  await keepPictures(page, 'storage-retention-empty');
});

test('sizes, lag, ingest and preview are what the database says', async ({ page }) => {
  await record('head', ['cam1', 'gone'], 'recorded', 3);
  await record('head', ['cam3', 'dflt'], 'recorded', 5);
  await record('v0.9.0', ['cam1', 'mute'], 'pier', 3);
  await index('default', 'edge-1');
  await index('pier', 'edge-2');

  await show(page, 'sizes');
  const [all] = (await queryEmbedded(
    dataDir,
    'select sum(size_bytes)::float8 as bytes, count(distinct stream)::int as streams from segments',
  )) as { bytes: number; streams: number }[];
  await expect(tile(page, 'Recorded').first()).toContainText(formatBytes(all?.bytes ?? 0).replace(' ', ''));
  await expect(tile(page, 'Recorded').first()).toContainText(formatCounted(all?.streams ?? 0, 'stream'));
  const daily = (await queryEmbedded(
    dataDir,
    `select stream, start_ts / 86400000000 as day, count(*)::int as segments, sum(size_bytes)::float8 as bytes
     from segments group by 1, 2`,
  )) as { stream: string; day: string; segments: number; bytes: number }[];
  expect(daily).toHaveLength(5);
  for (const { bytes, day, segments, stream } of daily) {
    const date = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', timeZone: 'UTC' });
    const parts = date.formatToParts(new Date(Number(day) * DAY_S * 1000));
    const [weekday, dayOfMonth] = ['weekday', 'day'].map(
      (type) => parts.find((part) => part.type === type)?.value,
    );
    const name = `^${stream}, ${weekday} ${dayOfMonth} \\w+, ${formatBytes(bytes)}, .*, ${formatCounted(segments, 'segment')}$`;
    await expect(page.getByRole('button', { name: new RegExp(name) })).toHaveCount(1);
  }
  await keepPictures(page, 'storage-sizes');

  await show(page, 'ingest');
  const newest = (await queryEmbedded(
    dataDir,
    'select node_alias as node, max(end_ts)::float8 as us from segments group by 1 order by 1',
  )) as { node: string; us: number }[];
  expect(newest.map((row) => row.node)).toEqual(['edge-1', 'edge-2']);
  for (const { node: alias, us } of newest) {
    const days = Math.floor((Date.now() * 1000 - us) / 86_400_000_000);
    const row = page.getByRole('grid', { name: 'Nodes and the index' }).getByRole('row', { name: alias });
    await expect(row).toContainText(new RegExp(`${days} d( \\d+ h)? ago`));
  }
  await look(page, 'storage-ingest');

  await show(page, 'recordings');
  const [{ count } = { count: 0 }] = (await queryEmbedded(
    dataDir,
    'select count(*)::int as count from recordings',
  )) as { count: number }[];
  const table = page.getByRole('grid', { name: 'Recordings' });
  await expect(table.getByRole('row')).toHaveCount(count + 1);
  await keepPictures(page, 'storage-recordings');

  // What is reported now comes in, and is the newest that is recorded.
  const nowUs = Date.now() * 1000;
  const segment = {
    start_ts: nowUs - 12_000_000,
    end_ts: nowUs - 2_000_000,
    duration_ms: 10_000,
    path: `cam1/${Math.floor(nowUs / 1_000_000) - 12}/v_seg_0001.m4s`,
    is_keyframe: true,
  };
  const body = JSON.stringify({ node_alias: 'edge-1', stream: 'cam1', segments: [segment] });
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`${manager.origin}/api/segments/report`, { method: 'POST', headers, body });
  expect(reply.status).toBe(200);
  await show(page, 'ingest');
  await expect(tile(page, 'Index lag').first()).toContainText(/^Index lag\d+(\.\d)? s/, { timeout: 20_000 });
  await expect(page.getByRole('region', { name: 'Ingest' })).toContainText(/In the hour1 segment/, {
    timeout: 30_000,
  });

  await show(page, 'retention');
  const panel = page.getByRole('region', { name: 'Retention', exact: true });
  await panel.getByRole('button', { name: 'Add rule' }).click();
  await panel.getByLabel('Streams of rule 1').fill('cam*, dflt');
  await panel.getByLabel('Days of rule 1').fill('4');
  const preview = panel.getByRole('table', { name: 'What would be removed' });
  const gone = await sumsOf(`stream in ('cam3', 'dflt')`);
  for (const { bytes, segments, stream } of gone) {
    const row = preview.getByRole('row', { name: new RegExp(`^${stream} `) });
    await expect(row).toContainText(formatCount(segments));
    await expect(row).toContainText(formatBytes(bytes));
  }
  await expect(preview.getByRole('row', { name: /^cam1 / })).toHaveCount(0);
  const bytes = gone.reduce((sum, row) => sum + row.bytes, 0);
  await expect(page.getByRole('region', { name: 'What would go' })).toContainText(formatBytes(bytes));
  await preview.getByRole('button', { name: /cam3/ }).click();
  await look(page, 'storage-retention');

  await page.goto(`${manager.origin}/#/settings?section=storage`);
  const storages = page.getByRole('region', { name: 'Storages' });
  await storages.getByRole('button', { name: 'Test the storage pier' }).click();
  await expect(storages.getByRole('list', { name: 'Steps of the test' })).toBeVisible();
  await keepPictures(page, 'settings-storages');
});

test('what needs no database is shown without it', async ({ page }) => {
  const unavailable = { code: 'database_unavailable', message: 'The database did not answer in time.' };
  await page.route('**/api/index/usage*', (route) =>
    route.fulfill({ status: 503, json: { error: unavailable } }),
  );
  await show(page, 'ingest');
  await expect(tile(page, 'Journal').first()).toContainText('nothing waits for the database');
  await expect(tile(page, 'Disk').first()).toContainText('free');
  await expect(tile(page, 'Recorded').first()).toContainText('cannot be read now');
  await expect(tile(page, 'Growth').first()).toContainText('cannot be read now');
  await keepPictures(page, 'storage-without-database');
});

test('a storage that is away is told where its room is', async ({ page }) => {
  await rename(join(dataDir, 'pier'), join(dataDir, 'pier-away'));
  await show(page, 'retention');
  const storages = page.getByRole('table', { name: 'When storages are full' });
  await expect(storages.getByRole('row', { name: /pier cannot be used/ })).toBeVisible({ timeout: 30_000 });
  await expect(storages.getByRole('row', { name: /recorded/ })).not.toContainText('cannot be used');
  await look(page, 'storage-retention-away');
  await page.goto(`${manager.origin}/#/cluster`);
  const totals = page.getByRole('region', { name: 'Totals' });
  await expect(totals.getByRole('link', { name: /^Storage/ })).toContainText('cannot be found');
});
