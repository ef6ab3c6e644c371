import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { startDemoManager } from './support/demo-manager.ts';
import { type ManagerProcess, makeDataDir, removeDataDir } from './support/manager-process.ts';

/** An operator marks what matters, and lets the rest go. */

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

test('bookmarks: made by key, found in the list, changed, deleted and brought back', async ({ page }) => {
  await page.goto(`${manager.origin}/#/recordings?stream=gate-north&at=${(Date.now() - 900_000) * 1000}`);
  const list = page.getByRole('region', { name: 'Bookmarks' });
  await expect(list.getByText('Press B to mark')).toBeVisible();
  await expect(page.getByRole('slider', { name: 'Playhead' })).not.toHaveAttribute(
    'aria-valuetext',
    /No time/,
  );

  await page.keyboard.press('b');
  const dialog = page.getByRole('dialog', { name: 'Add bookmark' });
  await dialog.getByLabel('Label').fill('Gate opens');
  await dialog.getByLabel(/Protect it/).click();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.keyboard.press('b');
  await dialog.getByLabel('Label').fill('Gate opens');
  await dialog.getByLabel(/Protect it/).click();
  await dialog.getByLabel('Label').press('Enter');
  const row = list.getByRole('listitem').filter({ hasText: 'Gate opens' });
  await expect(row.getByLabel('Protected from retention')).toBeVisible();

  await row.getByRole('button', { name: 'Actions for Gate opens' }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
  const change = page.getByRole('dialog', { name: 'Change bookmark' });
  await change.getByLabel('Label').fill('Gate opens wide');
  await change.getByRole('button', { name: 'Save' }).click();
  await expect(list.getByText('Gate opens wide')).toBeVisible();

  await list.getByRole('button', { name: 'Actions for Gate opens wide' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(list.getByText('Gate opens wide')).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(list.getByText('Gate opens wide')).toBeVisible();

  const before = await page.getByRole('slider', { name: 'Playhead' }).getAttribute('aria-valuenow');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByRole('slider', { name: 'Playhead' })).not.toHaveAttribute(
    'aria-valuenow',
    before ?? '',
  );
  await list.getByText('Gate opens wide').click();
  await expect(page.getByRole('slider', { name: 'Playhead' })).toHaveAttribute('aria-valuenow', before ?? '');
});

test('retention: a rule is written, looked at, saved and applied', async ({ page }) => {
  await page.goto(`${manager.origin}/#/storage?show=retention`);
  const panel = page.getByRole('region', { name: 'Retention', exact: true });
  await panel.getByRole('button', { name: 'Add rule' }).click();
  await expect(panel.getByText('Complete the rules')).toBeVisible();
  await panel.getByLabel('Streams of rule 1').fill('gate-*, quay-west');
  await panel.getByLabel('Gigabytes of rule 1').fill('0.02');
  const preview = panel.getByRole('table', { name: 'What would be removed' });
  await expect(preview.getByRole('button', { name: /gate-north/ })).toBeVisible();
  await expect(preview.getByRole('button', { name: /yard-7/ })).toBeHidden();
  await preview.getByRole('button', { name: /gate-north/ }).click();
  await expect(preview.getByRole('link').first()).toBeVisible();
  await expect(panel.getByRole('button', { name: 'Remove now' })).toBeDisabled();

  await panel.getByRole('button', { name: 'Save rules' }).click();
  await panel.getByRole('button', { name: 'Remove now' }).click();
  const dialog = page.getByRole('dialog', { name: /^Remove .* of recordings/ });
  await expect(dialog).toContainText('gate-north');
  await dialog.getByRole('button', { name: /^Remove / }).click();
  const removals = panel.getByRole('region', { name: 'Removals' });
  const removed = removals.getByRole('listitem').filter({ hasText: /Done\s*[1-9][\d,]* segments/ });
  await expect(removed).toHaveCount(1, { timeout: 30_000 });
  const { violations } = await new AxeBuilder({ page }).include('section[aria-label="Retention"]').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
