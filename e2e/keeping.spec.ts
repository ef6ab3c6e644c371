import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { startDemoManager } from './support/demo-manager.ts';
import { look } from './support/look.ts';
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

test('frames: single ones around the playhead while paused, stepped by key, gone to by a press', async ({
  page,
}) => {
  await page.goto(`${manager.origin}/#/recordings?stream=gate-north&at=${(Date.now() - 600_000) * 1000}`);
  const picture = page.getByRole('figure', { name: 'Picture of gate-north' });
  await expect(picture).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
  await page.keyboard.press('p');
  const strip = page.getByRole('region', { name: 'Frames of gate-north' });
  const tiles = strip.getByRole('button');
  const middle = strip.locator('[aria-current="time"]');
  const places = await strip.getByRole('listitem').count();
  expect(places).toBeGreaterThanOrEqual(7);
  await expect(tiles).toHaveCount(places, { timeout: 30_000 });
  await expect(middle).toHaveAccessibleName(/^\d\d:\d\d:\d\d\.\d{3}, on screen$/);
  // Each is one frame from the next: the same step everywhere, as long as a frame of 10 to 60 a second.
  const offsets = (await tiles.allInnerTexts()).map((text) => (/ms/.test(text) ? offsetOf(text) : 0));
  const steps = offsets.slice(1).map((offset, i) => offset - (offsets[i] ?? 0));
  for (const step of steps) {
    expect(step).toBeGreaterThan(15);
    expect(Math.abs(step - (steps[0] ?? 0))).toBeLessThanOrEqual(2);
  }
  // What the middle one shows is what is on screen.
  expect(await unlikeness(page, 'gate-north')).toBeLessThan(8);

  const nextTime = await tiles.nth((places + 1) / 2).getAttribute('aria-label');
  await page.keyboard.press('ArrowRight');
  await expect(middle).toHaveAccessibleName(`${nextTime}, on screen`);
  await expect(tiles).toHaveCount(places);
  expect(await unlikeness(page, 'gate-north')).toBeLessThan(8);
  const first = await tiles.first().getAttribute('aria-label');
  await tiles.first().click();
  await expect(middle).toHaveAccessibleName(`${first}, on screen`);
  await page.keyboard.press('Space');
  await expect(strip).toContainText('Pause to see the frames');
  await page.keyboard.press('Space');
  await expect(tiles).toHaveCount(places, { timeout: 30_000 });
  await look(page, 'frames');
  await page.keyboard.press('p');
  await expect(strip).toHaveCount(0);
});

/** Milliseconds of "−80 ms". */
const offsetOf = (text: string) => Number(text.replace('−', '-').replace(/[^-\d]/g, ''));

/** Mean difference of the middle tile and the picture of a stream, both as small as the tile: 0 to 255. */
function unlikeness(page: Page, stream: string): Promise<number> {
  return page.evaluate((name) => {
    const tile = document.querySelector<HTMLCanvasElement>('[aria-current="time"] canvas');
    const video = document.querySelector<HTMLVideoElement>(`video[aria-label="${name}"]`);
    if (!tile || !video) throw new Error('There is no tile or no picture.');
    const small = new OffscreenCanvas(tile.width, tile.height).getContext('2d');
    if (!small) throw new Error('There is no canvas.');
    small.drawImage(video, 0, 0, tile.width, tile.height);
    const shown = small.getImageData(0, 0, tile.width, tile.height).data;
    const kept = tile.getContext('2d')?.getImageData(0, 0, tile.width, tile.height).data;
    return shown.reduce((sum, value, i) => sum + Math.abs(value - (kept?.[i] ?? 0)), 0) / shown.length;
  }, stream);
}

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
