import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** People of each role walk through the whole window: nothing is offered or asked for that the manager refuses. */

const PEOPLE = [
  { name: 'vera', role: 'viewer', streams: [] },
  { name: 'otto', role: 'operator', streams: [] },
  { name: 'lena', role: 'viewer', streams: ['quay-*'] },
  { name: 'adam', role: 'admin', streams: ['quay-*'] },
  { name: 'chief', role: 'admin', streams: [] },
] as const;
const PASSWORD = 'plain words here';
const VIEWS = [
  'cluster',
  'streams',
  'live',
  'recordings',
  'storage',
  'storage?show=recordings',
  'storage?show=ingest',
  'exports',
  'alerts',
  'settings',
];

let dataDir: string;
let manager: ManagerProcess;

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  const accounts = PEOPLE.map(
    ({ name, role, streams }) =>
      `[[auth.accounts]]\nusername = "${name}"\npassword = "${PASSWORD}"\nrole = "${role}"\nstreams = ${JSON.stringify(streams)}`,
  );
  await writeFile(join(dataDir, 'liveman.toml'), accounts.join('\n'));
  manager = await startManager(dataDir, ['--demo', '--config', join(dataDir, 'liveman.toml')]);
});
test.afterAll(async () => {
  await manager?.stop();
  await removeDataDir(dataDir);
});

async function logIn(page: Page, name: string): Promise<void> {
  const reply = await page.request.post(`${manager.origin}/api/login`, {
    data: { username: name, password: PASSWORD },
    headers: { origin: manager.origin },
  });
  expect(reply.status()).toBe(200);
}

for (const { name, role, streams } of PEOPLE) {
  test(`${name}, ${role}${streams.length > 0 ? ' of some streams' : ''}, is refused nothing that is offered`, async ({
    page,
  }) => {
    const refused: string[] = [];
    page.on('response', (reply) => {
      if (reply.status() === 403) refused.push(`${reply.request().method()} ${reply.url()} at ${page.url()}`);
    });
    await logIn(page, name);
    for (const view of VIEWS) {
      await page.goto(`${manager.origin}/#/${view}`);
      await expect(page.getByRole('navigation').first()).toBeVisible();
      await page.waitForLoadState('networkidle', { timeout: 800 }).catch(() => {});
      await page.waitForTimeout(300);
    }
    expect(refused).toEqual([]);

    await page.goto(`${manager.origin}/#/recordings`);
    const bookmarks = page.getByRole('region', { name: 'Bookmarks' });
    await expect(bookmarks).toBeVisible({ timeout: 30_000 });
    await expect(bookmarks.getByRole('button', { name: 'Add' })).toHaveCount(role === 'viewer' ? 0 : 1);
    if (role === 'viewer') {
      await page.keyboard.press('b');
      await expect(page.getByText('Your account may only watch.').first()).toBeVisible();
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
    await page.goto(`${manager.origin}/#/storage`);
    const isAdmin = role === 'admin' && streams.length === 0;
    for (const tab of ['Retention', 'Integrity']) {
      await expect(page.getByRole('radio', { name: tab })).toHaveCount(isAdmin ? 1 : 0);
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      await page.screenshot({ path: test.info().outputPath(`storage-${name}-${colorScheme}.png`) });
    }
    expect(refused).toEqual([]);
  });
}
