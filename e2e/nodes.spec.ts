import { expect, test } from '@playwright/test';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { look } from './support/look.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** An operator adds a node, tries it, edits and removes it, and takes note of an alert. */

let dataDir: string;
let manager: ManagerProcess;
let node: FakeNode;
let other: FakeNode;

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  manager = await startManager(dataDir);
  node = await createFakeNode({ generation: 'head', tokens: ['sesame'] });
  other = await createFakeNode({ generation: 'v0.9.0' });
  node.publish('quay-west', { codecs: ['h264', 'opus'], bitrateBps: 2_000_000 });
  node.viewers('quay-west', 3);
});
test.afterAll(async () => {
  await manager?.stop();
  await Promise.all([node?.close(), other?.close()]);
  await removeDataDir(dataDir);
});

test('nodes are added, tried, edited and removed, and their alerts noted', async ({ page }) => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  // Who is quick opens the dialog before the nodes are read, and keeps it when they are.
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/api/cluster', async (route) => {
    await asked;
    await route.continue();
  });
  await page.goto(`${manager.origin}/#/cluster`);

  await page.getByRole('button', { name: 'Add node' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  answer();
  await expect(page.getByText('0 of 0 nodes up')).toBeAttached();
  await expect(page.getByText('No nodes yet')).toBeAttached();
  await expect(dialog.getByLabel('Address')).toBeFocused();
  await dialog.getByLabel('Address').fill(new URL(node.url).host);
  await dialog.getByRole('button', { name: 'Test connection' }).click();
  await expect(dialog.getByText(/refuses the token/)).toBeVisible();
  await look(page, 'add-node-refused');

  await dialog.getByLabel(/^Token/).fill('sesame');
  await dialog.getByRole('button', { name: 'Test connection' }).click();
  await expect(dialog.getByText('The node answers.')).toBeVisible();
  await expect(dialog.getByText(/1 stream/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Add node' }).click();
  await expect(dialog.getByText('Give the node an alias.')).toBeVisible();
  await dialog.getByLabel('Alias').fill('edge-01');
  await dialog.getByLabel(/^Site/).fill('Harbour');
  await look(page, 'add-node-ok');
  await dialog.getByLabel('Alias').press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row', { name: /edge-01.*Up/ })).toBeVisible();

  const row = page.getByRole('row', { name: /edge-01/ });
  await page.getByRole('button', { name: 'Add node' }).click();
  await dialog.getByLabel('Address').fill(other.url);
  await dialog.getByLabel('Alias').fill('edge-01');
  await dialog.getByRole('button', { name: 'Add node' }).click();
  await expect(dialog.getByText(/There is a node edge-01 already/)).toBeVisible();
  await dialog.getByLabel('Alias').fill('edge-02');
  await dialog.getByRole('button', { name: 'Add node' }).click();
  await expect(page.getByRole('row', { name: /edge-02.*Up/ })).toBeVisible();

  // The stored token is not shown, stays, and is used by a test.
  await row.click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect(dialog.getByText('A token is stored and is never shown.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Test connection' }).click();
  await expect(dialog.getByText('The node answers.')).toBeVisible();
  await dialog.getByLabel(/^Site/).fill('Quay');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row', { name: /edge-01.*Quay/ })).toBeVisible();
  await look(page, 'cluster');

  await node.setFault({ kind: 'refuse' });
  await other.setFault({ kind: 'unauthorized' });
  await expect(page.getByRole('link', { name: 'Alerts, 2 new' })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/The node edge-01 does not answer/).first()).toBeVisible();
  await page.getByRole('link', { name: /^Alerts/ }).click();
  await expect(page.getByRole('heading', { name: /edge-01/ })).toBeVisible();
  await look(page, 'alerts');
  await page.getByRole('button', { name: /Acknowledge: Node down, edge-01/ }).click();
  await expect(page.getByText('Noted')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Alerts, 1 new' })).toBeVisible();

  await node.setFault(undefined);
  await expect(page.getByRole('heading', { name: /edge-01/ })).toBeHidden({ timeout: 45_000 });
  await page.getByRole('radio', { name: 'Closed' }).click();
  await expect(page.getByRole('heading', { name: /edge-01/ })).toBeVisible();
  await look(page, 'alerts-closed');

  await page.goto(`${manager.origin}/#/cluster?node=edge-02`);
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await look(page, 'remove-node');
  await dialog.getByRole('button', { name: 'Remove edge-02' }).click();
  await expect(page.getByRole('row', { name: /edge-02/ })).toBeHidden();
  expect(problems).toEqual([]);
});
