import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { startDemoManager } from './support/demo-manager.ts';
import { type ManagerProcess, makeDataDir, removeDataDir } from './support/manager-process.ts';

/**
 * Every view in both themes on the demo cluster: looked at by axe, without a message in the console, and kept as
 * a picture. With LIVEMAN_SCREENSHOTS=1 the pictures of the README are made anew.
 */

const README_PICTURES = fileURLToPath(new URL('../resources/screenshots', import.meta.url));
/** Those the README shows. */
const README_NAMES = ['recordings-dark', 'cluster-light', 'exports-dark'];
const isForReadme = process.env.LIVEMAN_SCREENSHOTS === '1';

let dataDir: string;
let manager: ManagerProcess;

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  manager = await startDemoManager(dataDir);
  const inUs = (Math.floor(Date.now() / 1000) - 1200) * 1_000_000;
  for (const [stream, lengthSec] of [
    ['quay-west', 45],
    ['gate-north', 600],
    ['yard-7', 12],
  ] as const) {
    const body = JSON.stringify({ stream, startUs: inUs, endUs: inUs + lengthSec * 1_000_000 });
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${manager.origin}/api/exports`, { method: 'POST', headers, body });
    expect(reply.status).toBe(200);
  }
});

test.afterAll(async () => {
  await manager?.stop();
  await removeDataDir(dataDir);
});

interface View {
  readonly name: string;
  readonly hash: () => string;
  readonly prepare?: (page: Page) => Promise<void>;
}

const views: readonly View[] = [
  {
    name: 'cluster',
    hash: () => '#/cluster',
    prepare: async (page) => {
      await page.getByRole('row', { name: /cloud-1/ }).click();
      await expect(page.getByRole('row', { name: /edge-02.*Up/ })).toBeVisible();
    },
  },
  {
    name: 'map',
    hash: () => '#/cluster',
    prepare: async (page) => {
      await page.getByRole('radio', { name: 'Map of links' }).click();
      await page.getByRole('button', { name: /^cloud-1/ }).click();
      await expect(page.getByRole('heading', { name: 'cloud-1' })).toBeVisible();
      await expect(page.getByRole('link', { name: /quay-west from edge-01 to cloud-1/ })).toBeVisible();
    },
  },
  {
    name: 'streams',
    hash: () => '#/streams',
    prepare: async (page) => {
      const url = `${manager.origin}/api/cluster/bitrates?streams=quay-west`;
      const countKept = async () => (await (await fetch(url)).json()).streams[0]?.bitratesBps.length ?? 0;
      await expect.poll(countKept, { timeout: 60_000 }).toBeGreaterThan(6);
      await page.reload();
      // What was before comes from the manager: it would take the window six polls to see as much itself.
      const trend = page
        .getByRole('row', { name: /quay-west/ })
        .locator('svg path')
        .first();
      await expect(trend).toHaveAttribute('d', /^M(.*L){6}/, { timeout: 10_000 });
    },
  },
  {
    name: 'live',
    hash: () => '#/live?stream=quay-west',
    prepare: async (page) => {
      await page.getByRole('checkbox', { name: 'Watch lobby' }).check();
      await expect(
        page.getByText('This node is simulated: it has recordings, but no live picture.'),
      ).toHaveCount(2);
    },
  },
  {
    name: 'recordings',
    hash: () => `#/recordings?stream=quay-west&at=${(Math.floor(Date.now() / 1000) - 1500) * 1_000_000}`,
    prepare: async (page) => {
      for (const stream of ['yard-7', 'lobby']) {
        await page.getByRole('checkbox', { name: new RegExp(stream) }).check();
      }
      await expect(page.locator('figure[data-state="ready"]')).toHaveCount(4);
      await page.getByTestId('timeline-stage').focus();
      await page.keyboard.press('i');
      await page.keyboard.press('Control+ArrowRight');
      await page.keyboard.press('Control+ArrowRight');
      await page.keyboard.press('o');
      await expect(page.getByTestId('export-button')).toBeEnabled();
      await page.keyboard.press('p');
      const frames = page.getByRole('region', { name: 'Frames of quay-west' });
      await expect(frames.locator('[aria-busy="false"]')).toBeVisible({ timeout: 30_000 });
    },
  },
  {
    name: 'recordings-many',
    hash: () => `#/recordings?stream=quay-west&at=${(Math.floor(Date.now() / 1000) - 1500) * 1_000_000}`,
    prepare: async (page) => {
      await page.getByRole('button', { name: /^Layout/ }).click();
      await page.getByRole('menuitemradio', { name: 'Nine pictures' }).click();
      for (const stream of ['crane-3', 'ferry-ramp', 'yard-7', 'lobby']) {
        const box = page.getByRole('checkbox', { name: new RegExp(stream) });
        if (!(await box.isChecked())) await box.check();
      }
      await expect(page.locator('figure[data-state="ready"]')).toHaveCount(6, { timeout: 30_000 });
      const stage = page.getByTestId('timeline-stage');
      await expect
        .poll(
          async () => {
            await stage.hover({ position: { x: 200, y: 90 } });
            return page.getByTestId('hover-picture').isVisible();
          },
          { timeout: 20_000 },
        )
        .toBe(true);
    },
  },
  {
    name: 'storage',
    hash: () => '#/storage',
    prepare: async (page) => {
      await expect(page.getByRole('button', { name: /^quay-west, .* segments/ }).last()).toBeVisible();
      // Small figures of a demo are figures all the same.
      await expect(page.getByText(/streams since/)).toBeVisible();
    },
  },
  {
    name: 'storage-recordings',
    hash: () => '#/storage?show=recordings&stream=quay-west',
    prepare: async (page) => {
      await page
        .getByRole('row', { name: /quay-west/ })
        .first()
        .click();
      await expect(page.getByRole('button', { name: 'Show on the timeline' })).toBeVisible();
    },
  },
  {
    name: 'storage-ingest',
    hash: () => '#/storage?show=ingest',
    prepare: (page) => expect(page.getByRole('row', { name: /edge-02/ })).toBeVisible(),
  },
  {
    name: 'storage-retention',
    hash: () => '#/storage?show=retention',
    prepare: (page) => expect(page.getByRole('button', { name: 'Add rule' })).toBeVisible(),
  },
  {
    name: 'exports',
    hash: () => '#/exports',
    prepare: (page) => expect(page.getByText('Done').first()).toBeVisible(),
  },
  { name: 'alerts', hash: () => '#/alerts' },
  {
    name: 'audit',
    hash: () => '#/audit',
    prepare: (page) => expect(page.getByRole('row', { name: /Export/ }).first()).toBeVisible(),
  },
  { name: 'settings', hash: () => '#/settings' },
  {
    name: 'settings-secrets',
    hash: () => '#/settings?section=secrets',
    prepare: async (page) => {
      const groups = page.getByRole('navigation', { name: 'Groups of settings' });
      await expect(groups.getByRole('link', { name: 'Secrets' })).toHaveAttribute('aria-current', 'location');
    },
  },
];

for (const view of views) {
  test(view.name, async ({ browser }, info) => {
    const context = await browser.newContext({
      baseURL: manager.origin,
      colorScheme: 'dark',
      timezoneId: 'Europe/Berlin',
      viewport: { width: 1440, height: 900 },
    });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(`/${view.hash()}`);
    // One node of the demo is away now and then; only the pictures of the README want all four.
    const allUp = isForReadme ? '4 of 4 nodes up' : /[34] of 4 nodes up/;
    await expect(page.getByText(allUp)).toBeVisible({ timeout: 90_000 });
    await view.prepare?.(page);
    await page.evaluate(() => document.fonts.ready);
    for (const theme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      const picture = join(info.outputDir, `${view.name}-${theme}.png`);
      await page.screenshot({ path: picture, animations: 'disabled' });
      await info.attach(`${view.name}-${theme}`, { path: picture });
      if (isForReadme && README_NAMES.includes(`${view.name}-${theme}`)) {
        await mkdir(README_PICTURES, { recursive: true });
        await copyFile(picture, join(README_PICTURES, `${view.name}-${theme}.png`));
      }
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((violation) => `${theme}, ${violation.id}: ${violation.nodes[0]?.html}`)).toEqual(
        [],
      );
    }
    expect(problems).toEqual([]);
    await context.close();
  });
}
