import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import { findUnreadable } from '../config/secret-references.ts';
import { FollowedSecrets } from './followed-secrets.ts';
import { openConfig } from './open-config.ts';
import { SecretKeeper } from './secret-keeper.ts';

// Each opening of the sealed file takes its time, on a busy computer much.
vi.setConfig({ testTimeout: 60_000 });

/* On the sealed file; what a real keyring does is in the integration tests. */

const TOML = `
[auth]
secret = "keychain:jwt"
[[alerts.webhooks]]
url = "http://127.0.0.1:9/"
secret = "keychain:hook"
[extra_ice.coturn]
urls = ["turn:t"]
secret = "keychain:turn"
[[nodes]]
alias = "edge-1"
url = "http://127.0.0.1:9"
token = "keychain:edge"
`;

let folder: string;
let followed: FollowedSecrets;
const given: Config[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'followed-'));
  await writeFile(join(folder, 'liveman.toml'), TOML);
  given.length = 0;
});
afterEach(async () => {
  await followed.close();
  await rm(folder, { recursive: true, force: true });
});

const store = () => SecretKeeper.open({ folder, wanted: 'file', phrase: 'right', isDesktop: false });

/** Opens the settings as a program does that was started with a pass phrase. */
async function open(phrase = 'right') {
  const env = { LIVEMAN_SECRET_KEY: phrase };
  const opened = await openConfig({ env, cwd: folder, dataDir: folder, isDesktop: false });
  followed = new FollowedSecrets({ opened, clock: systemClock, logger: silentLogger });
  followed.onDidChange((config) => void given.push(config));
  return opened;
}

it('gives out each secret that another program stored, and says which are not there', async () => {
  const other = await store();
  await other.set('jwt', 'signing-key');
  const { config } = await open();
  expect(findUnreadable(config.alerts.webhooks[0]?.secret)?.kind).toBe('keychain');
  expect(config.extra_ice.coturn).toBeUndefined();
  await followed.look();
  expect(followed.trouble).toMatchObject({ store: null, restart: null });
  expect(followed.trouble.missing).toContain('alerts.webhooks[0].secret: There is no secret hook. Store it');
  expect(given).toEqual([]);

  await other.set('hook', 'hook-key');
  await followed.look();
  expect(given.at(-1)?.alerts.webhooks[0]?.secret).toBe('hook-key');
  await other.set('turn', 'turn-key');
  await other.set('edge', 'edge-token');
  await followed.look();
  expect(given.at(-1)?.extra_ice.coturn?.secret).toBe('turn-key');
  expect(given.at(-1)?.nodes[0]?.token).toBe('edge-token');
  expect(followed.trouble).toEqual({ store: null, missing: null, restart: null });

  await other.set('edge', 'edge-token-2');
  await followed.look();
  expect(given.at(-1)?.nodes[0]?.token).toBe('edge-token-2');
  const count = given.length;
  await followed.look();
  expect(given).toHaveLength(count);
});

it('gives out what guards the endpoint, and leaves it as it was where it is gone or no good', async () => {
  const other = await store();
  for (const name of ['jwt', 'hook', 'turn', 'edge']) await other.set(name, 'first-value');
  await open();
  await other.set('jwt', 'another-value');
  await followed.look();
  expect(given.at(-1)?.auth.secret).toBe('another-value');
  const count = given.length;
  await other.delete('jwt');
  await followed.look();
  expect(given).toHaveLength(count);
  expect(followed.trouble).toMatchObject({ store: null, restart: null });
  expect(followed.trouble.missing).toContain('auth.secret: There is no secret jwt. Store it');
  expect(followed.trouble.missing).toContain('the one before counts');

  followed.onDidChange(({ auth }) => {
    if (auth.secret === 'bad') throw new Error('auth.secret is bad.');
  });
  await other.set('jwt', 'bad');
  await followed.look();
  expect(followed.trouble.missing).toContain('auth.secret is bad. What was read before is used on.');
});

it('says that a changed database or proxy counts from the next start', async () => {
  const other = await store();
  await other.set('database', 'postgresql://me:first@db/liveman');
  await other.set('proxy', 'http://me:first@proxy:3128');
  const toml = '[database]\nurl = "keychain:database"\n[proxy]\nurl = "keychain:proxy"\n';
  await writeFile(join(folder, 'liveman.toml'), toml);
  await open();
  await other.set('database', 'postgresql://me:second@db/liveman');
  await other.set('proxy', 'http://me:second@proxy:3128');
  await followed.look();
  expect(followed.trouble.restart).toBe(
    'The secrets of database.url, proxy.url were changed; they count from the next start. Start Liveman again.',
  );
  expect(followed.trouble.missing).toBeNull();
});

it('uses what was read on while the store is locked, and tells that from an absent secret', async () => {
  const other = await store();
  for (const name of ['jwt', 'hook', 'turn']) await other.set(name, 'first-value');
  await open();
  const path = join(folder, 'secrets.sealed');
  const sealed = await readFile(path, 'utf8');
  await writeFile(path, JSON.stringify({ ...JSON.parse(sealed), tag: Buffer.alloc(16).toString('base64') }));
  await followed.look();
  expect(followed.trouble.store).toContain('cannot be opened with LIVEMAN_SECRET_KEY');
  expect(followed.trouble.store).toContain('Until then these wait: nodes[0].token.');
  expect(followed.trouble.missing).toBeNull();
  for (const { alerts, extra_ice } of given) {
    expect([alerts.webhooks[0]?.secret, extra_ice.coturn?.secret]).toEqual(['first-value', 'first-value']);
  }
  await writeFile(path, sealed);
  await followed.look();
  expect(followed.trouble).toMatchObject({ store: null, missing: expect.stringContaining('no secret edge') });
});

it('says what to do where the keychain is missing', async () => {
  await writeFile(join(folder, 'liveman.toml'), '[secrets]\nstore = "keychain"\n');
  await open();
  await followed.look();
  expect(followed.trouble.store).toMatch(/No keychain is used.*set secrets\.store = "file"/);
});

it('says that the file says something else now, and that the next start fails with it', async () => {
  await (await store()).set('jwt', 'signing-key');
  await open();
  const path = join(folder, 'liveman.toml');
  const restart = async (text: string) => {
    await writeFile(path, text);
    await followed.look();
    return followed.trouble.restart;
  };
  expect(await restart(`# words only\n${TOML}`)).toBeNull();
  expect(await restart(`${TOML}site = "harbour"\n`)).toBe(
    'liveman.toml was changed; what it says now counts from the next start. Start Liveman again.',
  );
  expect(await restart(`${TOML}mode = "by hand"\n`)).toMatch(
    /^liveman\.toml was changed, and the next start fails with it\. .*mode/s,
  );
  expect(await restart(TOML)).toBeNull();
});

it('takes a secret that was moved out of the file for the same settings', async () => {
  const path = join(folder, 'liveman.toml');
  await writeFile(path, '[auth]\nsecret = "signing-key"\n');
  await open();
  await (await store()).set('jwt', 'signing-key');
  await writeFile(path, '[auth]\nsecret = "keychain:jwt"\n');
  await followed.look();
  expect(followed.trouble.restart).toBeNull();
  await (await store()).set('jwt', 'another-key');
  await followed.look();
  expect(followed.trouble.restart).toContain('liveman.toml was changed');
});
