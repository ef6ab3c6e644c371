import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAccountMemo } from '../auth/account-memo.ts';
import { silentLogger } from '../base/logger.ts';
import { SealedFileStore } from '../secrets/sealed-file-store.ts';
import { type ProfileStart, ProfileSupervisor } from './profile-supervisor.ts';

vi.setConfig({ testTimeout: 60_000 });

const CONFIG = `[auth]
secret = "sesame"
[database]
url = "postgresql://liveman:hidden@db.example:5432/live"
[[nodes]]
alias = "edge-1"
url = "http://192.0.2.10:7777"
token = "keychain:edge"
`;

let home: string;
/** What was started and closed, in order. */
let log: string[];
/** Profiles whose managers do not start. */
let broken: Set<string>;
let starts: ProfileStart[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'profiles-'));
  log = [];
  broken = new Set();
  starts = [];
});
afterEach(() => rm(home, { recursive: true, force: true }));

function supervisor(port?: number) {
  return new ProfileSupervisor({
    home,
    configPath: undefined,
    port,
    env: {},
    cwd: home,
    isDesktop: false,
    start: async (start) => {
      const name = start.profile ?? 'Default';
      starts.push(start);
      log.push(`start ${name}`);
      if (broken.has(name)) throw new Error(`${name} has no database`);
      return { url: 'http://127.0.0.1:8123', close: async () => void log.push(`close ${name}`) };
    },
  });
}

const settled = async (made: ReturnType<typeof supervisor>) =>
  expect.poll(async () => (await made.list()).switchingTo, { timeout: 5000 }).toBeNull();
const activeOf = async (made: ReturnType<typeof supervisor>) =>
  (await made.list()).profiles.find(({ isActive }) => isActive)?.name;

it('runs one profile at a time, switches on the same port, and starts the last one again', async () => {
  const made = supervisor(0);
  await made.open(undefined);
  const { id } = await made.create('Harbour', null);
  await expect(made.create(' harbour ', null)).rejects.toMatchObject({ code: 'conflict' });
  await made.activate(id);
  await expect(made.activate('default')).rejects.toMatchObject({ code: 'conflict' });
  await settled(made);
  expect(log).toEqual(['start Default', 'close Default', 'start Harbour']);
  expect(starts[1]).toMatchObject({ port: 8123, dataDir: join(home, 'profiles', id, 'data') });
  expect(await activeOf(made)).toBe('Harbour');
  await expect(made.remove(id)).rejects.toThrow('runs now');
  await made.close();

  const next = supervisor();
  await next.open(undefined);
  expect(await activeOf(next)).toBe('Harbour');
  await next.close();
  const named = supervisor();
  await named.open('DEFAULT');
  expect(await activeOf(named)).toBe('Default');
  await expect(supervisor().open('nobody')).rejects.toThrow('There are: Default, Harbour.');
  await named.close();
});

it('lets a profile have an address of its own', async () => {
  const made = supervisor(0);
  await made.open(undefined);
  const { id } = await made.create('Own', null);
  await writeFile(join(home, 'profiles', id, 'liveman.toml'), '[http]\nlisten = "127.0.0.1:9100"\n');
  await made.activate(id);
  await settled(made);
  expect(starts[1]?.port).toBeUndefined();
  await made.close();
});

it('goes back to the profile before where the other one does not start, and says why', async () => {
  const made = supervisor();
  await made.open(undefined);
  const { id } = await made.create('Broken', null);
  broken.add('Broken');
  await made.activate(id);
  await settled(made);
  expect(await made.list()).toMatchObject({ problem: 'Broken has no database' });
  expect(await activeOf(made)).toBe('Default');
  expect(log.at(-1)).toBe('start Default');
  await made.close();
});

it('copies, exports and imports settings and secrets, secrets only under a pass phrase', async () => {
  await writeFile(join(home, 'liveman.toml'), CONFIG);
  await new SealedFileStore({ folder: home }).set('edge', 'token of edge-1');
  const made = supervisor();
  await made.open(undefined);

  const copy = await made.create('Copy', 'default');
  expect(copy.database).toBe('liveman@db.example:5432/live');
  expect(await readFile(join(home, 'profiles', copy.id, 'liveman.toml'), 'utf8')).toBe(CONFIG);
  const stored = (id: string) =>
    new SealedFileStore({ folder: join(home, 'profiles', id, 'data') }).get('edge');
  expect(await stored(copy.id)).toEqual({ kind: 'found', value: 'token of edge-1' });

  const open = await made.exportFile('default', null, { theme: 'dark' });
  expect(open).not.toMatch(/sesame|hidden|token of edge/);
  const bare = await made.importFile(open, 'Bare', null);
  expect(bare.window).toEqual({ theme: 'dark' });
  const bareConfig = await readFile(join(home, 'profiles', bare.profile.id, 'liveman.toml'), 'utf8');
  expect(bareConfig).toContain('keychain:edge');
  expect(bareConfig).not.toMatch(/sesame|hidden/);
  expect(await stored(bare.profile.id)).toEqual({ kind: 'absent' });

  await expect(made.exportFile('default', 'short', null)).rejects.toMatchObject({ code: 'bad_request' });
  const sealed = await made.exportFile('default', 'correct horse', null);
  expect(sealed).not.toMatch(/sesame|hidden|token of edge/);
  await expect(made.importFile(sealed, 'X', 'wrong horse')).rejects.toThrow('pass phrase');
  const whole = await made.importFile(sealed, 'Whole', 'correct horse');
  expect(await readFile(join(home, 'profiles', whole.profile.id, 'liveman.toml'), 'utf8')).toBe(CONFIG);
  expect(await stored(whole.profile.id)).toEqual({ kind: 'found', value: 'token of edge-1' });

  expect(await made.rename(copy.id, 'Second')).toMatchObject({ id: copy.id, name: 'Second' });
  await made.remove(copy.id);
  await expect(access(join(home, 'profiles', copy.id))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(made.remove('default')).rejects.toMatchObject({ code: 'conflict' });
  await made.close();
});

it('refuses a list that cannot be read instead of starting some other cluster', async () => {
  await writeFile(join(home, 'profiles.json'), '{"half');
  await expect(supervisor().open(undefined)).rejects.toMatchObject({ code: 'conflict' });
});

it('changes its list in turn: a profile may be removed while a switch ends, as a window does', async () => {
  const made = supervisor();
  await made.open(undefined);
  for (let i = 0; i < 8; i += 1) {
    const { id } = await made.create(`Harbour ${i}`, null);
    const other = await made.create(`Lab ${i}`, null);
    await made.activate(id);
    await settled(made);
    await made.activate('default');
    // What the switch writes at its end and the removal come together, at every distance from each other.
    await expect.poll(() => activeOf(made), { timeout: 5000, interval: 1 }).toBe('Default');
    await Promise.all([made.remove(id), made.remove(other.id), settled(made)]);
    const names = (await made.list()).profiles.map(({ name }) => name);
    expect(names).toEqual(['Default']);
    const written = JSON.parse(await readFile(join(home, 'profiles.json'), 'utf8'));
    expect(written).toEqual({ active: 'default', profiles: [{ id: 'default', name: 'Default' }] });
  }
  await made.close();
});

it('starts a profile without an address of its own where the default one is', async () => {
  await writeFile(join(home, 'liveman.toml'), '[http]\nlisten = "0.0.0.0:41888"\n');
  const made = supervisor();
  await made.open(undefined);
  const { id } = await made.create('Harbour', null);
  await made.activate(id);
  await settled(made);
  expect(starts.map(({ host, port }) => ({ host, port }))).toEqual([
    { host: undefined, port: undefined },
    { host: '0.0.0.0', port: 41_888 },
  ]);
  await made.close();
});

it('takes a profile whose accounts are only in its database for one with authentication', async () => {
  const made = supervisor(0);
  await made.open(undefined);
  const { dataDir, id } = await made.create('Harbour', null);
  expect(made.hasAuthentication(id)).toBe(false);
  // What its manager leaves there once it has read accounts.
  createAccountMemo(dataDir, silentLogger).note(true);
  expect(made.hasAuthentication(id)).toBe(true);
  createAccountMemo(dataDir, silentLogger).note(false);
  expect(made.hasAuthentication(id)).toBe(false);
});
