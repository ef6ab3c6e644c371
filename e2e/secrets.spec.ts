import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { startKeyring, type TestKeyring } from '../src-main/core/secrets/keyring-test-kit.ts';
import { look } from './support/look.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { createAuthority } from './support/test-certificates.ts';

/** An operator moves secrets out of liveman.toml, stores and deletes one, and meets a locked keychain. */

const FILE = `# Our cluster.
[[nodes]]
alias = "quay-west"
url = "http://127.0.0.1:9"
token = "plain-token-of-the-node"    # from the node's file

[[nodes]]
alias = "yard"
url = "http://127.0.0.2:9"
token = "env:YARD_TOKEN"

[[alerts.webhooks]]
url = "http://127.0.0.1:9/hooks/plain-hook"
secret = "plain-signing-key"

[tls]
ca_files = ["company-ca.pem"]

[proxy]
url = "http://user:plain-proxy@proxy.example.com:3128"
`;

let keyring: TestKeyring;
let dataDir: string;
let manager: ManagerProcess;

test.beforeAll(async () => {
  keyring = await startKeyring();
  dataDir = await makeDataDir();
  await writeFile(join(dataDir, 'liveman.toml'), FILE);
  await writeFile(join(dataDir, 'company-ca.pem'), createAuthority().cert);
  manager = await startManager(dataDir, [], keyring.env);
});
test.afterAll(async () => {
  await manager?.stop();
  await keyring?.close();
  await removeDataDir(dataDir);
});

test('secrets are moved out of the file, stored and deleted, and a locked keychain is told', async ({
  page,
}) => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`${manager.origin}/#/settings?section=secrets`);
  const section = page.getByRole('region', { name: 'Secrets' });
  await expect(section).toContainText('4 secrets in plain text');
  await expect(section).toContainText('the keychain of this computer');
  await expect(section.getByRole('row', { name: /YARD_TOKEN/ })).toContainText('is not set');
  await expect(page.getByRole('region', { name: 'HTTPS and proxies' })).toContainText(
    'http://proxy.example.com',
  );
  await look(page, 'settings-secrets-plain');

  await section.getByRole('button', { name: 'Move out of the file' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('line 5, becomes "keychain:node-quay-west-token"');
  await dialog.getByRole('checkbox', { name: 'proxy.url' }).click();
  await look(page, 'settings-secrets-dialog');
  await dialog.getByRole('button', { name: 'Move 3 secrets' }).click();
  await expect(section).toContainText('1 secret in plain text');
  await expect(section.getByRole('row', { name: /node-quay-west-token/ })).toContainText('nodes[0].token');
  const file = await readFile(join(dataDir, 'liveman.toml'), 'utf8');
  expect(file).toContain('token = "keychain:node-quay-west-token"    # from the node\'s file');
  expect(file).not.toMatch(/plain-(token|hook|signing)/);

  await section.getByRole('button', { name: 'Store a secret' }).click();
  await dialog.getByLabel('Name').fill('spare');
  await dialog.getByLabel('Secret', { exact: true }).fill('typed-secret');
  await dialog.getByRole('button', { name: 'Store' }).click();
  await expect(section.getByRole('row', { name: /spare/ })).toContainText('nothing');
  await section.getByRole('button', { name: 'Delete spare' }).click();
  await dialog.getByRole('button', { name: 'Delete spare' }).click();
  await expect(section.getByRole('row', { name: /spare/ })).toHaveCount(0);

  await keyring.lock();
  await page.reload();
  await expect(section).toContainText('Keychain locked or missing.');
  await expect(section.getByRole('button', { name: 'Store a secret' })).toBeDisabled();
  await look(page, 'settings-secrets-locked');
  await keyring.unlock();
  await expect(section).not.toContainText('Keychain locked or missing.', { timeout: 20_000 });

  await section.getByRole('button', { name: 'Move to the sealed file' }).click();
  await dialog.getByRole('button', { name: 'Move them' }).click();
  await expect(section).toContainText('secrets.sealed');
  await expect(section.getByRole('row', { name: /node-quay-west-token/ })).toContainText('can be read');
  expect(problems).toEqual([]);
});
