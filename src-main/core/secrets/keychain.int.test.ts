import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { loadOsKeychain } from './keychain.ts';
import { startKeyring, type TestKeyring } from './keyring-test-kit.ts';
import { SecretKeeper, type SecretKeeperOptions } from './secret-keeper.ts';

/*
 * The real keychain module on a real gnome-keyring. libsecret takes the address of its bus from the environment of
 * the process, so the whole file uses one keyring, and locks and unlocks it.
 */
let keyring: TestKeyring;
let folder: string;
const folders: string[] = [];

beforeAll(async () => {
  keyring = await startKeyring();
  keyring.enter();
});
afterAll(async () => {
  await keyring.close();
  for (const each of folders) await rm(each, { recursive: true, force: true });
});
beforeEach(async () => {
  await keyring.unlock();
  folder = await mkdtemp(join(tmpdir(), 'keychain-'));
  folders.push(folder);
});

const open = (options: Partial<SecretKeeperOptions> = {}) =>
  SecretKeeper.open({
    folder,
    wanted: 'auto',
    isDesktop: false,
    loadKeychain: loadOsKeychain,
    ...options,
  });
const allFiles = async () => (await readFile(join(folder, 'secrets.json'), 'utf8')).toString();

it('keeps secrets in the keychain over a restart, and only their names in the data folder', async () => {
  const keeper = await open();
  expect(await keeper.get('db')).toEqual({ kind: 'absent' });
  await keeper.set('db', 'päßword 🔑');
  await keeper.set('s3', 'other');
  const again = await open();
  expect(await again.get('db')).toEqual({ kind: 'found', value: 'päßword 🔑' });
  expect(await again.list()).toEqual(['db', 's3']);
  expect(await again.state()).toMatchObject({ kind: 'keychain', name: 'the keychain', problem: null });
  expect(await allFiles()).not.toContain('word');
  expect([await again.delete('s3'), await again.delete('s3')]).toEqual([true, false]);
  expect(await again.list()).toEqual(['db']);
});

it('tells a locked keychain from an absent secret, loses nothing, and reads again once it is unlocked', async () => {
  const keeper = await open();
  await keeper.set('db', 'first');
  await keyring.lock();
  const locked = { kind: 'locked', reason: expect.stringContaining('Unlock it') };
  expect(await keeper.get('db')).toMatchObject(locked);
  expect(await keeper.get('never-stored')).toMatchObject(locked);
  expect((await keeper.state()).problem).toContain('locked');
  await expect(keeper.set('db', 'second')).rejects.toMatchObject({ code: 'secrets_locked' });
  await expect(keeper.delete('db')).rejects.toMatchObject({ code: 'secrets_locked' });
  await expect(keeper.moveTo('file')).rejects.toMatchObject({ code: 'secrets_locked' });
  await keyring.unlock();
  expect(await keeper.get('db')).toEqual({ kind: 'found', value: 'first' });
  expect(await keeper.get('never-stored')).toEqual({ kind: 'absent' });
  expect(await keeper.list()).toEqual(['db']);
});

it('moves everything to the sealed file and back', async () => {
  const keeper = await open();
  for (const name of ['a', 'b', 'c']) await keeper.set(name, `value of ${name}`);
  await keeper.moveTo('file');
  expect(await keeper.state()).toMatchObject({ kind: 'file', problem: null });
  expect(await keeper.list()).toEqual(['a', 'b', 'c']);
  expect(JSON.parse(await allFiles())).toMatchObject({ store: 'file', names: [] });
  // The configuration moves them too.
  const configured = await open({ wanted: 'keychain' });
  expect(await configured.get('b')).toEqual({ kind: 'found', value: 'value of b' });
  expect(await configured.state()).toMatchObject({ kind: 'keychain', isConfigured: true });
  await expect(readFile(join(folder, 'secrets.sealed'))).rejects.toMatchObject({ code: 'ENOENT' });
});

it('leaves the secrets where they are when the configuration wants them in a keychain that is locked', async () => {
  const keeper = await open({ wanted: 'file' });
  await keeper.set('a', '1');
  await keyring.lock();
  const wanted = await open({ wanted: 'keychain' });
  expect(await wanted.state()).toMatchObject({
    kind: 'file',
    problem: expect.stringContaining('cannot be moved'),
  });
  expect(await wanted.get('a')).toEqual({ kind: 'found', value: '1' });
});

it('uses the file for a first secret when nobody is there to unlock the keychain, and asks in the desktop', async () => {
  await keyring.lock();
  const desktop = await open({ isDesktop: true });
  await expect(desktop.set('a', '1')).rejects.toMatchObject({ code: 'secrets_locked' });
  const server = await open();
  await server.set('a', '1');
  expect(await server.state()).toMatchObject({ kind: 'file', problem: null });
  await keyring.unlock();
  expect(await (await open()).state()).toMatchObject({ kind: 'file' });
});

it('says so when the keychain that holds the secrets is missing', async () => {
  await (await open()).set('a', '1');
  const loadKeychain = async () => ({ kind: 'missing', reason: 'No Secret Service runs here.' }) as const;
  const moved = await open({ loadKeychain });
  expect(await moved.get('a')).toEqual({ kind: 'unavailable', reason: 'No Secret Service runs here.' });
  await expect(moved.set('b', '2')).rejects.toMatchObject({ code: 'secrets_unavailable' });
  expect(await (await open()).get('a')).toEqual({ kind: 'found', value: '1' });
});
