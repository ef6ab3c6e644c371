import { expect, test } from '@playwright/test';
import { startDemoManager } from './support/demo-manager.ts';
import { type ManagerProcess, makeDataDir, removeDataDir } from './support/manager-process.ts';

/** The storage view on the demo cluster: its figures lead to what they count. */

let dataDir: string;
let manager: ManagerProcess;

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  manager = await startDemoManager(dataDir);
});
test.afterAll(async () => {
  await manager?.stop();
  await removeDataDir(dataDir);
});

test('leads from the status bar to a day and on to the timeline', async ({ page }) => {
  await page.goto(`${manager.origin}/#/cluster`);
  await page
    .getByRole('contentinfo')
    .getByRole('link', { name: /^Storage/ })
    .click();
  await expect(page.getByRole('heading', { name: 'Storage' })).toBeVisible();
  // By size any of them may be the last one, below which there is nothing.
  await page.getByRole('button', { name: 'Stream', exact: true }).click();
  const day = page.getByRole('button', { name: /^gate-north, .* segments/ }).last();
  await day.focus();
  // The words under the table say what the keys are on.
  await expect(page.getByText(/^gate-north .*segments$/)).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await expect(day).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/recordings\?stream=gate-north&at=\d{16}/);
  await expect(page.locator('figure[data-state="ready"]').first()).toBeVisible({ timeout: 30_000 });
});

test('lists recordings by stream and node, and opens one on the timeline', async ({ page }) => {
  await page.goto(`${manager.origin}/#/storage?show=recordings`);
  const table = page.getByRole('grid', { name: 'Recordings' });
  await page.getByRole('combobox', { name: 'Stream' }).selectOption('quay-west');
  await expect(table.getByRole('row', { name: /yard-7/ })).toHaveCount(0);
  await page.getByRole('combobox', { name: 'Node' }).selectOption('edge-01');
  await expect(table.getByRole('row', { name: /cloud-1/ })).toHaveCount(0);
  await expect(page).toHaveURL(/stream=quay-west&node=edge-01/);
  const starts = async () =>
    (await table.getByRole('row').allInnerTexts()).slice(1).map((text) => text.split('\n')[2]);
  const newestFirst = await starts();
  await table.getByRole('button', { name: 'Start' }).click();
  await expect.poll(starts).toEqual([...newestFirst].reverse());
  await table
    .getByRole('row', { name: /quay-west/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Show on the timeline' }).click();
  // The view takes the stream and the time out of the address at once.
  await expect(page).toHaveURL(/#\/recordings/);
  await expect(page.getByRole('region', { name: 'Selection' })).toContainText('quay-west');
});

test('says how each node comes into the index, and why time is missing', async ({ page }) => {
  await page.goto(`${manager.origin}/#/storage?show=ingest`);
  const nodes = page.getByRole('grid', { name: 'Nodes and the index' });
  await expect(nodes.getByRole('row', { name: /edge-02 It reports segments/ })).toBeVisible();
  await expect(page.getByText('Nodes are not fetched from: record_sync.enabled is off.')).toBeVisible();
  const stream = 'ferry-ramp';
  const now = Date.now() * 1000;
  const reply = await fetch(
    `${manager.origin}/api/record/${stream}/gaps?start_ts=${now - 7_200_000_000}&end_ts=${now}&min_us=60000000`,
  );
  const { gaps } = (await reply.json()) as { gaps: { startUs: number; endUs: number; text: string }[] };
  const [gap] = gaps;
  expect(gap?.text).toMatch(/recording on cloud-1 ended/);
  const middle = Math.round(((gap?.startUs ?? 0) + (gap?.endUs ?? 0)) / 2);
  await page.goto(`${manager.origin}/#/recordings?stream=${stream}&at=${middle}`);
  await page.getByTestId('timeline-stage').focus();
  // Closer, until the words fit into the gap.
  for (let i = 0; i < 4; i += 1) await page.keyboard.press('+');
  await expect(page.getByText(/ · recording ended$/).first()).toBeAttached({ timeout: 30_000 });
});
