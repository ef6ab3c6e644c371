import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** An operator records, relays and ends sessions of a stream in the window. */

let dataDir: string;
let manager: ManagerProcess;
const nodes: FakeNode[] = [];

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  const generations = { 'edge-01': 'head', 'edge-02': 'head', 'edge-03': 'v0.9.0' } as const;
  const entries: string[] = [];
  for (const [alias, generation] of Object.entries(generations)) {
    const node = await createFakeNode({ generation, tokens: [`token of ${alias}`] });
    nodes.push(node);
    entries.push(`[[nodes]]\nalias = "${alias}"\nurl = "${node.url}"\ntoken = "token of ${alias}"\n`);
  }
  await writeFile(join(dataDir, 'liveman.toml'), entries.join('\n'));
  manager = await startManager(dataDir);
  nodes[0]?.publish('quay-west', { codecs: ['h264', 'opus'], bitrateBps: 2_000_000 });
  nodes[0]?.viewers('quay-west', 3);
  nodes[2]?.publish('gate-north', { codecs: ['vp8', 'opus'], bitrateBps: 900_000 });
});
test.afterAll(async () => {
  await manager?.stop();
  await Promise.all(nodes.map((node) => node.close()));
  await removeDataDir(dataDir);
});

/** Keeps a picture of each theme, and lets axe look at each. */
async function look(page: Page, name: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), animations: 'disabled' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
  }
}

test('a stream is recorded, relayed and watched over, and its sessions end when told', async ({
  page,
}, info) => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  const pictures = info.outputPath('pictures');
  await page.goto(`${manager.origin}/#/streams?stream=quay-west`);
  const panel = page.getByRole('region', { name: 'Stream details' });
  const recording = panel.getByRole('region', { name: 'Recording' });
  const relays = panel.getByRole('region', { name: 'Relays' });
  const sessions = panel.getByRole('region', { name: 'Sessions' });
  const dialog = page.getByRole('dialog');

  await recording.getByRole('button', { name: 'Record' }).click();
  await expect(recording.getByText(/Recording for/)).toBeVisible();
  await expect(recording.getByText('Started by hand.')).toBeVisible();

  await panel.getByRole('button', { name: 'Relay…' }).click();
  await dialog.getByLabel('To').selectOption('edge-02');
  await look(page, 'relay-dialog', pictures);
  await dialog.getByRole('button', { name: 'Relay', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(relays.getByText('made by hand')).toBeVisible();
  await expect.poll(() => nodes[1]?.streams.find('quay-west')?.publisher?.state).toBe('connected');
  nodes[1]?.viewers('quay-west', 2);
  await expect(relays.getByText('2 viewers')).toBeVisible();
  await look(page, 'stream-details', pictures);
  await expect(
    page.getByRole('row', { name: /quay-west/ }).getByText('Recording', { exact: true }),
  ).toBeVisible();

  await page.goto(`${manager.origin}/#/cluster?node=edge-02`);
  await expect(page.getByRole('region', { name: 'Relays of this node' })).toBeVisible();
  await look(page, 'node-relays', pictures);
  await page.goto(`${manager.origin}/#/streams?stream=quay-west`);
  await sessions
    .getByRole('button', { name: /at edge-01$/ })
    .first()
    .click();
  await expect(dialog.getByText(/cuts off 3 viewers and 1 relay with 2 viewers/)).toBeVisible();
  await look(page, 'kick-publisher', pictures);
  await dialog.getByRole('button', { name: 'Leave it' }).click();
  const viewer = nodes[0]?.streams.find('quay-west')?.subscribers.find((each) => each.details.isSimulated);
  await sessions.getByRole('button', { name: `End session ${viewer?.id} at edge-01` }).click();
  await expect(dialog.getByText(/One viewer at edge-01 is cut off/)).toBeVisible();
  await dialog.getByRole('button', { name: 'End the session' }).click();
  await expect(dialog).toBeHidden();
  expect(viewer?.isOpen).toBe(false);

  await relays.getByRole('button', { name: 'End the relay of quay-west to edge-02' }).click();
  await expect(dialog.getByText(/cuts off 2 viewers/)).toBeVisible();
  await dialog.getByRole('button', { name: 'End the relay' }).click();
  await expect(relays.getByText('It is not relayed between nodes.')).toBeVisible();
  expect(nodes[1]?.streams.find('quay-west')?.publisher).toBeUndefined();

  await recording.getByRole('button', { name: 'Stop…' }).click();
  await dialog.getByRole('button', { name: 'Stop recording' }).click();
  await expect(recording.getByRole('button', { name: 'Record' }).first()).toBeVisible();
  expect(nodes[0]?.recordings.all().map((row) => row.status)).toEqual(['Completed']);

  await panel.getByRole('button', { name: 'Delete…' }).click();
  await expect(
    dialog.getByText(/ends on edge-01: its publisher and 2 viewers are cut off\. What was/),
  ).toBeVisible();
  await dialog.getByRole('button', { name: 'Delete the stream' }).click();
  await expect(panel).toBeHidden();
  expect(nodes[0]?.streams.find('quay-west')).toBeUndefined();
  expect(problems).toEqual([]);
});

test('a stream is made on a chosen node before anybody publishes it', async ({ page }, info) => {
  await page.goto(`${manager.origin}/#/streams`);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'New stream' }).click();
  await dialog.getByLabel('Node').selectOption('edge-01');
  await expect(dialog.getByText('Have the publisher ready.')).toBeVisible();
  await dialog.getByLabel('Node').selectOption('edge-03');
  await expect(dialog.getByText('Have the publisher ready.')).toBeHidden();
  await dialog.getByLabel('Name').fill('lobby 2');
  await look(page, 'new-stream', info.outputPath('pictures'));
  await dialog.getByRole('button', { name: 'Make it' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row', { name: /lobby 2.*Not live.*edge-03/ })).toBeVisible();
  expect(nodes[2]?.streams.find('lobby 2')).toBeDefined();

  await page.getByRole('button', { name: 'New stream' }).click();
  await dialog.getByLabel('Node').selectOption('edge-03');
  await dialog.getByLabel('Name').fill('lobby 2');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  await expect(dialog.getByText(/^edge-03: .*exist/)).toBeVisible();
});

test('upstream’s routes answer as upstream’s manager does', async ({ request }) => {
  const url = `${manager.origin}/api/record/gate-north`;
  await expect.poll(async () => (await request.post(url)).status()).toBe(200);
  const started = await request.post(url, { data: { base_dir: 'ignored' } });
  expect(await started.json()).toEqual({
    started: true,
    mpd_path: expect.stringMatching(/^gate-north\/\d{10}\/manifest\.mpd$/),
  });
  expect(await (await request.get(url)).json()).toEqual({ recording: true });
  expect(await (await request.get(`${url}?node=edge-01`)).json()).toEqual({ recording: false });
  expect(await (await request.delete(url)).json()).toEqual({ stopped: true });
  expect(await (await request.delete(url)).json()).toEqual({ stopped: false });
  expect((await request.post(`${manager.origin}/api/record/nowhere`)).status()).toBe(503);
  expect((await request.post(`${url}?node=unknown`)).status()).toBe(404);
  expect(await (await request.get(`${manager.origin}/api/cascades`)).json()).toEqual({ cascades: [] });
});
