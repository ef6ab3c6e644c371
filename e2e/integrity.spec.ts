import { execFile } from 'node:child_process';
import {
  appendFile,
  copyFile,
  mkdir,
  readdir,
  stat,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Locator, type Page, test } from '@playwright/test';
import type { FindingKind } from '../src-shared/model/integrity.ts';
import { capturePath, copyCaptures } from './support/capture-storage.ts';
import { queryEmbedded } from './support/embedded-database.ts';
import { keepPictures } from './support/look.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** Everything that can differ between index and storage, seen and mended in the window. */

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../out/headless/main.js', import.meta.url));
const ID = '1795345208';
/** Of the reports that were set aside, microseconds: 2026-11-22. */
const REPORTED_US = 1_795_345_300_000_000;
const SEGMENT_US = 10_000_000;

let dataDir: string;
let root: string;
let manager: ManagerProcess;

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  root = join(dataDir, 'recorded');
  await copyCaptures('head', root);
  await writeFile(join(dataDir, 'liveman.toml'), `[recorder.storage]\ntype = "fs"\nroot = "${root}"\n`);
  await mkdir(join(dataDir, 'journal'), { mode: 0o700 });
  const reports = ['pier', 'dock'].map((stream) => JSON.stringify(setAside(stream)));
  await writeFile(join(dataDir, 'journal/set-aside.jsonl'), `${reports.join('\n')}\n`, { mode: 0o600 });
  manager = await startManager(dataDir, ['--config', join(dataDir, 'liveman.toml')]);
  const args = ['index', '--storage', 'default', '--node', 'edge-1', '--data', dataDir];
  await run(process.execPath, [MAIN, ...args, '--config', join(dataDir, 'liveman.toml')], { cwd: dataDir });
  await spoil();
});
test.afterAll(async () => {
  await manager?.stop();
  await removeDataDir(dataDir);
});

/** As the journal keeps a report that the database refused. */
function setAside(stream: string) {
  const segment = {
    start_ts: REPORTED_US,
    end_ts: REPORTED_US + SEGMENT_US,
    duration_ms: SEGMENT_US / 1000,
    path: `${stream}/1795345300/v_seg_0001.m4s`,
    is_keyframe: true,
  };
  const report = { node_alias: 'edge-2', stream, segments: [segment] };
  return {
    report,
    arrivedAtUs: REPORTED_US + SEGMENT_US,
    reason: 'No room was left on the disk of the database.',
  };
}

/** One difference of each kind, of things that are old enough to be judged. */
async function spoil(): Promise<void> {
  const file = (stream: string, name: string) => join(root, stream, ID, name);
  await unlink(file('cam1', 'v_seg_0002.m4s'));
  await truncate(file('cam3', 'a_seg_0002.m4s'), 9000);
  const { size } = await stat(file('dflt', 'v_seg_0002.m4s'));
  await truncate(file('dflt', 'v_seg_0002.m4s'), 0);
  await appendFile(file('dflt', 'v_seg_0002.m4s'), Buffer.alloc(size, 7));
  await mkdir(join(root, 'late/1795345300'), { recursive: true });
  for (const name of await readdir(capturePath('head/recordings/cam1', ID))) {
    const target = join(root, 'late/1795345300', name);
    await copyFile(capturePath('head/recordings/cam1', ID, name), target);
    await utimes(target, 1_795_345_300, 1_795_345_300);
  }
  await unlink(file('cam3', 'v_seg_0002.m4s'));
  for (const statement of [
    `delete from segments where path = 'cam3/${ID}/v_seg_0002.m4s'`,
    `update segments set end_ts = end_ts + 3000000 where path = 'dflt/${ID}/a_seg_0001.m4s'`,
    `update day_totals set size_bytes = size_bytes + 1 where stream = 'gone'`,
    `update coverage set end_ts = end_ts - 1000000 where stream = 'gone' and track = 'video'`,
    `update recordings set segment_count = 99 where stream = 'gone'`,
    `update segments set created_at = now() - interval '1 hour'`,
    `update recordings set created_at = now() - interval '1 hour'`,
  ]) {
    await queryEmbedded(dataDir, statement);
  }
}

/** An object as it was recorded, and as old. */
async function putBack(stream: string, name: string): Promise<void> {
  const target = join(root, stream, ID, name);
  await copyFile(capturePath('head/recordings', stream, ID, name), target);
  await utimes(target, Number(ID) + 40, Number(ID) + 40);
}

const FOUND: readonly (readonly [FindingKind, string, RegExp])[] = [
  ['missing-object', 'File missing', /cam1.*v_seg_0002\.m4s is not in storage/],
  ['wrong-size', 'Wrong size', /cam3.*a_seg_0002\.m4s has 9000 bytes, the index says/],
  ['bad-object', 'Unreadable', /dflt.*v_seg_0002\.m4s/],
  ['unindexed-objects', 'Not in the index', /late.*8 segment files of late\/1795345300/],
  ['overlap', 'Overlap', /dflt.*a_seg_0001\.m4s and a_seg_0002\.m4s cover .* of audio twice/],
  ['gap', 'Gap', /cam3.* of video are missing between v_seg_0001\.m4s and v_seg_0003\.m4s/],
  ['wrong-recording', 'Wrong sums', /gone.*99 segments/],
  ['wrong-totals', 'Wrong totals', /gone.*a recount gives/],
  ['wrong-coverage', 'Wrong coverage', /gone.*timeline shows what was not recorded/],
];

async function openIntegrity(page: Page): Promise<{ panel: Locator; table: Locator }> {
  await page.goto(`${manager.origin}/#/storage?show=integrity`);
  const panel = page.getByRole('region', { name: 'Integrity' });
  return { panel, table: panel.getByRole('grid', { name: 'Findings' }) };
}

async function check(panel: Locator): Promise<void> {
  const before = await panel.getByRole('status').innerText();
  await panel.getByRole('button', { name: 'Check now' }).click();
  await expect(panel.getByRole('status')).not.toHaveText(before);
  await expect(panel.getByRole('button', { name: 'Check now' })).toBeVisible({ timeout: 60_000 });
}

test('shows each kind of difference with its reason, and mends what can be mended', async ({ page }) => {
  const { panel, table } = await openIntegrity(page);
  await expect(panel.getByText('Not checked yet')).toBeVisible();
  await keepPictures(page, 'integrity-unchecked');
  await panel.getByRole('checkbox', { name: 'Read every file' }).click();
  await check(panel);
  for (const [kind, words, reason] of FOUND) {
    await panel.getByRole('combobox', { name: 'Kind' }).selectOption(kind);
    const row = table.getByRole('row', { name: reason }).first();
    await expect(row).toContainText(words);
    await row.click();
    const details = page.getByRole('region', { name: 'Finding', exact: true });
    await expect(details.getByRole('heading', { name: words })).toBeVisible();
    const isAsRecorded = kind === 'gap' || kind === 'overlap';
    await keepPictures(page, `integrity-${kind}`);
    if (isAsRecorded) await expect(details.getByText('Nothing here can mend this')).toBeVisible();
    await expect(details.getByRole('button', { name: 'Show on the timeline' })).toHaveCount(
      kind === 'unindexed-objects' ? 0 : 1,
    );
  }
  await panel.getByRole('combobox', { name: 'Kind' }).selectOption('');
  const { violations } = await new AxeBuilder({ page }).include('section[aria-label="Integrity"]').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);

  // All at once; what is unreadable stays so until its file is put back.
  await panel.getByRole('button', { name: /^Repair \d+ shown$/ }).click();
  await expect(page.getByText(/^\d+ findings repaired/)).toBeVisible();
  await expect(table.getByRole('row', { name: /Unreadable/ })).toHaveCount(1);
  await expect(panel.getByRole('button', { name: 'Repair 1 shown' })).toBeVisible();
  await putBack('dflt', 'v_seg_0002.m4s');
  await table.getByRole('row', { name: /Unreadable/ }).click();
  await page.getByRole('button', { name: 'Examine again' }).click();
  await expect(table.getByRole('row', { name: /Unreadable/ })).toHaveCount(0);

  // What was cut off was given the time that it still held; whole again, it has its own.
  await putBack('cam3', 'a_seg_0002.m4s');
  await check(panel);
  await table.getByRole('row', { name: /Wrong size/ }).click();
  await page.getByRole('button', { name: 'Examine again' }).click();
  await expect(table.getByRole('row', { name: /Wrong size/ })).toHaveCount(0);

  // What is gone for good is given up only when somebody says so.
  await check(panel);
  await table.getByRole('row', { name: /File missing/ }).click();
  await page.getByRole('button', { name: 'Forget the row' }).click();
  const dialog = page.getByRole('dialog', { name: 'Forget this segment?' });
  await expect(dialog).toContainText(`cam1/${ID}/v_seg_0002.m4s`);
  await keepPictures(page, 'integrity-forget');
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  await expect(table.getByRole('row', { name: /File missing/ })).toHaveCount(1);
  await page.getByRole('button', { name: 'Forget the row' }).click();
  await dialog.getByRole('button', { name: 'Forget the row' }).click();
  await expect(table.getByRole('row', { name: /File missing/ })).toHaveCount(0);
  await check(panel);
  // Only how it was recorded is left.
  const left = (await table.getByRole('row').allInnerTexts()).slice(1).map((text) => text.split('\n')[0]);
  expect([...new Set(left)].sort()).toEqual(['Gap', 'Overlap']);
  await expect(panel.getByRole('button', { name: /^Repair/ })).toHaveCount(0);

  // With the files back in storage, and the clock right, nothing is left.
  await putBack('cam1', 'v_seg_0002.m4s');
  await putBack('cam3', 'v_seg_0002.m4s');
  await queryEmbedded(
    dataDir,
    `update segments set end_ts = end_ts - 3000000 where path = 'dflt/${ID}/a_seg_0001.m4s'`,
  );
  await check(panel);
  await expect(table.getByRole('row', { name: /Not in the index/ })).toHaveCount(2);
  await panel.getByRole('button', { name: /^Repair \d+ shown$/ }).click();
  await expect(table.getByRole('row', { name: /Not in the index/ })).toHaveCount(0);
  await check(panel);
  await expect(panel.getByText('Index and storage agree')).toBeVisible();
  await keepPictures(page, 'integrity-agree');
});

test('reports that the database refused are tried again or given up', async ({ page }) => {
  await page.goto(`${manager.origin}/#/storage?show=ingest`);
  const list = page.getByRole('region', { name: 'Reports that were set aside' });
  const row = (stream: string) => list.getByRole('row', { name: new RegExp(stream) });
  await expect(row('pier')).toContainText('No room was left on the disk of the database.');
  await keepPictures(page, 'set-aside');
  const { violations } = await new AxeBuilder({ page }).include('section[aria-label="Ingest"]').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  await row('pier').getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('1 report indexed.', { exact: true })).toBeVisible();
  await expect(row('pier')).toHaveCount(0);
  await row('dock').getByRole('button', { name: 'Discard' }).click();
  const dialog = page.getByRole('dialog', { name: 'Discard this report?' });
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await expect(row('dock')).toHaveCount(1);
  await row('dock').getByRole('button', { name: 'Discard' }).click();
  await dialog.getByRole('button', { name: 'Discard the report' }).click();
  await expect(list).toHaveCount(0);
  const rows = await queryEmbedded(dataDir, `select stream from segments where stream in ('pier', 'dock')`);
  expect(rows).toEqual([{ stream: 'pier' }]);
});
