import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type Download, expect, type Page, test } from '@playwright/test';
import { embeddedUrl } from './support/embedded-database.ts';
import { keepPictures, look } from './support/look.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/**
 * What several operators do in the window: log in, see and end each other's logins and tokens, look up who did what,
 * see who shares the database, and switch between clusters. The tests build on each other.
 */

const PASSWORD = 'plain words here';
const PASSPHRASE = 'a phrase for the file';
const CONFIG = `[auth]
secret = "a long random text that signs tokens"

[[auth.accounts]]
username = "chief"
password = "${PASSWORD}"
role = "admin"

[[auth.accounts]]
username = "otto"
password = "${PASSWORD}"
role = "operator"
`;

let dataDir: string;
let secondDir: string;
let manager: ManagerProcess;
let second: ManagerProcess | undefined;
let chief: Page;
const problems: string[] = [];

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  dataDir = await makeDataDir();
  secondDir = await makeDataDir();
  await writeFile(join(dataDir, 'liveman.toml'), CONFIG);
  manager = await startManager(dataDir);
  chief = await openPage(browser);
  chief.on('pageerror', (error) => problems.push(error.message));
});
test.afterAll(async () => {
  await second?.stop();
  await manager?.stop();
  await removeDataDir(secondDir);
  await removeDataDir(dataDir);
});

async function openPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: manager.origin, timezoneId: 'Europe/Berlin' });
  return context.newPage();
}

async function logIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

const textOf = async (download: Download) => readFile(await download.path(), 'utf8');
const toLogin = (page: Page) => page.getByRole('heading', { name: 'Log in to Liveman' });
const inFrame = (page: Page) => page.getByRole('navigation', { name: 'Views' });

test('an account logs in, is told of a wrong password, and logs out', async () => {
  await chief.goto('/#/cluster');
  await expect(toLogin(chief)).toBeVisible();
  await logIn(chief, 'chief', 'something else');
  await expect(chief.getByRole('alert')).toContainText(/password/i);
  await look(chief, 'login-refused');
  await logIn(chief, 'chief');
  await expect(inFrame(chief)).toBeVisible();
  await chief.getByRole('button', { name: /^Cluster:/ }).click();
  await chief.getByRole('menuitem', { name: 'Log out' }).click();
  await expect(toLogin(chief)).toBeVisible();
  expect((await chief.request.get('/api/status')).status()).toBe(401);
  await logIn(chief, 'chief');
  await expect(inFrame(chief)).toBeVisible();
});

test('a login that an administrator ends is out at once', async ({ browser }) => {
  const otto = await openPage(browser);
  await otto.goto('/#/cluster');
  await logIn(otto, 'otto');
  await expect(inFrame(otto)).toBeVisible();
  await chief.goto('/#/settings?section=sessions');
  const logins = chief.getByRole('list', { name: 'Logins' });
  await expect(logins.getByRole('listitem')).toHaveCount(2);
  await expect(logins.getByRole('listitem').filter({ hasText: 'chief' })).toContainText('this window');
  await look(chief, 'logins');
  await logins.getByRole('listitem').filter({ hasText: 'otto' }).getByRole('button', { name: 'End' }).click();
  const dialog = chief.getByRole('dialog', { name: 'End this login of otto?' });
  await expect(dialog).toContainText(/Chrome on Linux, 127\.0\.0\.1/);
  await keepPictures(chief, 'end-login');
  await dialog.getByRole('button', { name: 'End it' }).click();
  await expect(logins.getByRole('listitem')).toHaveCount(1);
  // Its page notices by itself, and its cookie opens nothing any more.
  await expect(toLogin(otto)).toBeVisible({ timeout: 20_000 });
  expect((await otto.request.get('/api/status')).status()).toBe(401);
  await otto.context().close();
});

test('a token is made, shown once, used, and refused once it is revoked', async ({ request }) => {
  await chief.goto('/#/settings?section=tokens');
  const section = chief.getByRole('region', { name: 'Tokens', exact: true });
  await section.getByRole('button', { name: 'Make a token' }).click();
  const dialog = chief.getByRole('dialog');
  await dialog.getByLabel('What it is for').fill('Wall in the lobby');
  await dialog.getByLabel(/^Stream/).fill('*');
  await expect(dialog).toContainText('Rather make one for each stream');
  await look(chief, 'make-token');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  await expect(dialog).toContainText('shown this once');
  const token = (await dialog.locator('pre').innerText()).trim();
  await keepPictures(chief, 'made-token');
  await dialog.getByRole('button', { name: 'Done' }).click();
  const ask = () =>
    request.get(`${manager.origin}/api/streams/`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask()).status()).toBe(200);
  const row = section.getByRole('listitem').filter({ hasText: 'Wall in the lobby' });
  await expect(row).toContainText('may watch: all streams');
  // Those that logins brought along are ended with their logins.
  await expect(section.getByRole('listitem')).toHaveCount(1);
  await row.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByRole('button', { name: 'Revoke it' }).click();
  await expect(row).toContainText('revoked');
  expect((await ask()).status()).toBe(401);
  await keepPictures(chief, 'tokens');
});

test('who did what is found, narrowed down, and saved as CSV and as lines of JSON', async () => {
  await chief.goto('/#/audit');
  const table = chief.getByRole('grid', { name: 'Audit log' });
  await expect(table.getByRole('row', { name: /otto Log in/ })).toHaveCount(1);
  await chief.getByRole('combobox', { name: 'Outcome' }).selectOption('refused');
  const refused = table.getByRole('row', { name: /somebody Log in chief .*Refused/ });
  await expect(refused).toHaveCount(1);
  await expect(table.getByRole('row', { name: /otto/ })).toHaveCount(0);
  await refused.click();
  await expect(chief.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await look(chief, 'audit-refused');
  await chief.getByRole('combobox', { name: 'Outcome' }).selectOption('any');
  await chief.getByRole('searchbox', { name: /^Filter by person/ }).fill('otto');
  await expect(table.getByRole('row', { name: /otto Log in/ })).toHaveCount(1);
  await expect(table.getByRole('row', { name: /Refused/ })).toHaveCount(0);

  const save = async (format: RegExp) => {
    await chief.getByRole('button', { name: 'Save' }).click();
    const download = chief.waitForEvent('download');
    await chief.getByRole('menuitem', { name: format }).click();
    return textOf(await download);
  };
  const [head, ...lines] = (await save(/CSV/)).trim().split(/\r?\n/);
  expect(head).toMatch(/who.*action.*object/);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toContain('otto');
  const entries = (await save(/JSON/))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries).toHaveLength(lines.length);
  expect(entries).toContainEqual(expect.objectContaining({ who: 'otto', action: 'log in', outcome: 'ok' }));

  await chief.getByRole('searchbox', { name: /^Filter by person/ }).fill('nobody at all');
  await expect(chief.getByText('No entry matches')).toBeVisible();
  await keepPictures(chief, 'audit-none');
  await chief.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(table.getByRole('row', { name: /otto Log in/ })).toHaveCount(1);
});

test('who shares the database is shown as it comes and goes', async () => {
  await writeFile(
    join(secondDir, 'liveman.toml'),
    `[database]\nurl = "${await embeddedUrl(dataDir)}"\nmax_connections = 4\n${CONFIG}`,
  );
  second = await startManager(secondDir);
  await chief.goto('/#/settings?section=managers');
  const list = chief.getByRole('region', { name: 'Managers on this database' });
  await expect(list.getByRole('listitem')).toHaveCount(2, { timeout: 20_000 });
  await expect(list.getByRole('listitem').filter({ hasText: 'this one' })).toContainText('alerts');
  await expect(list.getByRole('listitem').filter({ hasNotText: 'this one' })).toContainText('stands by');
  await chief.getByRole('contentinfo').getByRole('button', { name: '1 other on this database' }).click();
  await look(chief, 'managers');
  await chief.keyboard.press('Escape');
  await second.stop();
  second = undefined;
  await expect(list.getByRole('listitem')).toHaveCount(1, { timeout: 20_000 });
  await expect(chief.getByRole('button', { name: /on this database/ })).toHaveCount(0);
});

test('a profile is exported, refused where its file or its pass phrase is wrong, imported, and switched to', async () => {
  await chief.goto('/#/settings?section=profiles');
  const section = chief.getByRole('region', { name: 'Profiles', exact: true });
  const row = (name: string) => section.getByRole('listitem').filter({ hasText: name });
  const dialog = chief.getByRole('dialog');
  await row('Default').getByRole('button', { name: 'Actions for Default' }).click();
  await chief.getByRole('menuitem', { name: 'Export' }).click();
  await dialog.getByLabel('Pass phrase for the secrets').fill('short');
  await expect(dialog.getByRole('button', { name: 'Export' })).toBeDisabled();
  await dialog.getByLabel('Pass phrase for the secrets').fill(PASSPHRASE);
  await keepPictures(chief, 'export-profile');
  const download = chief.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export' }).click();
  const exported = await textOf(await download);
  expect(exported).not.toContain(PASSWORD);
  await expect(dialog).toBeHidden({ timeout: 30_000 });

  await section.getByRole('button', { name: 'Import' }).click();
  const choose = (text: string) =>
    dialog.getByLabel('Exported profile').setInputFiles({
      name: 'harbour.liveman-profile.json',
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    });
  const go = () => dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await choose(exported.slice(0, 200));
  await go();
  await expect(dialog.getByText('This is not an exported profile, or only a part of one.')).toBeVisible();
  await keepPictures(chief, 'import-damaged');
  await choose(exported);
  await dialog.getByLabel(/^Name/).fill('Harbour');
  await dialog.getByLabel(/^Pass phrase/).fill('another phrase');
  await go();
  await expect(
    dialog.getByText('The pass phrase is not the one this profile was exported with.'),
  ).toBeVisible({ timeout: 30_000 });
  await look(chief, 'import-refused');
  await dialog.getByLabel(/^Pass phrase/).fill(PASSPHRASE);
  await go();
  await expect(row('Harbour')).toContainText('built-in', { timeout: 30_000 });
  await expect(dialog).toBeHidden();
  await look(chief, 'profiles');

  const switchTo = async (name: string) => {
    await row(name).getByRole('button', { name: 'Switch to it' }).click();
    await expect(toLogin(chief)).toBeVisible({ timeout: 60_000 });
    await logIn(chief, 'chief');
    await expect(row(name)).toContainText('runs', { timeout: 60_000 });
  };
  await switchTo('Harbour');
  await expect(chief.getByRole('button', { name: 'Cluster: Harbour' })).toBeVisible();
  // A database of its own: what was done in the other cluster is not in its audit log.
  await chief.goto('/#/audit');
  const table = chief.getByRole('grid', { name: 'Audit log' });
  await expect(table.getByRole('row', { name: /chief Log in/ })).toHaveCount(1);
  await expect(table.getByRole('row', { name: /otto/ })).toHaveCount(0);
  await chief.goto('/#/settings?section=profiles');
  await row('Default').getByRole('button', { name: 'Switch to it' }).click();
  await expect(chief.getByRole('button', { name: 'Cluster: Harbour' })).toHaveCount(0, { timeout: 60_000 });
  expect(problems).toEqual([]);
});
