import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openConfig } from './open-config.ts';
import { PlainSecrets } from './plain-secrets.ts';
import { SealedFileStore } from './sealed-file-store.ts';

const FILE = `# Our cluster.
[auth]
secret = "jwt-plain"   # keep me
tokens = ['one-plain', "env:TWO"]
accounts = [{ username = "anna", password = "anna-plain" }]

[[nodes]]
alias = "edge 1"
url = "http://192.0.2.1:7777"
token = """node-plain"""

[[nodes]]
alias = "edge-2"
url = "http://me:url-plain@192.0.2.2:7777"
token = "keychain:there"

[database]
url = "postgresql://me@db/liveman"

[proxy]
url = "http://user:proxy-plain@proxy:3128"
`;

let folder: string;
let file: string;
let store: SealedFileStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plain-'));
  file = join(folder, 'liveman.toml');
  await writeFile(file, FILE, { mode: 0o640 });
  store = new SealedFileStore({ folder });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const secrets = () => new PlainSecrets(file, store);

it('lists where secrets stand, and those that are only named, without their values', async () => {
  await store.set('auth-secret', 'of something else');
  const listed = await secrets().list();
  expect(listed.plain).toEqual([
    { path: 'auth.secret', line: 3, name: 'auth-secret-2' },
    { path: 'auth.tokens[0]', line: 4, name: 'auth-token-1' },
    { path: 'auth.accounts[0].password', line: 5, name: 'auth-account-1-password' },
    { path: 'nodes[0].token', line: 10, name: 'node-edge-1-token' },
    { path: 'nodes[1].url', line: 14, name: 'node-edge-2-url' },
    { path: 'proxy.url', line: 21, name: 'proxy-url' },
  ]);
  expect(listed.named).toEqual([
    { path: 'auth.tokens[1]', line: 4, kind: 'env', name: 'TWO' },
    { path: 'nodes[1].token', line: 15, kind: 'keychain', name: 'there' },
  ]);
  expect(listed.whyReadOnly).toBeNull();
  expect(JSON.stringify(listed)).not.toMatch(/(jwt|one|anna|node|url|proxy)-plain/);
});

it('moves them out, keeps everything else of the file as it was, and leaves no copy', async () => {
  const plain = (await secrets().list()).plain.map(({ path }) => path);
  await secrets().move(plain);
  expect(await readFile(file, 'utf8')).toBe(
    FILE.replace('"jwt-plain"', '"keychain:auth-secret"')
      .replace("'one-plain'", '"keychain:auth-token-1"')
      .replace('"anna-plain"', '"keychain:auth-account-1-password"')
      .replace('"""node-plain"""', '"keychain:node-edge-1-token"')
      .replace('"http://me:url-plain@192.0.2.2:7777"', '"keychain:node-edge-2-url"')
      .replace('"http://user:proxy-plain@proxy:3128"', '"keychain:proxy-url"'),
  );
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  expect((await readdir(folder)).sort()).toEqual(['liveman.toml', 'secrets.key', 'secrets.sealed']);
  expect(await store.get('node-edge-1-token')).toEqual({ kind: 'found', value: 'node-plain' });
  expect((await secrets().list()).plain).toEqual([]);
  await expect(secrets().move(['auth.secret'])).rejects.toMatchObject({ code: 'not_found' });
});

it('takes back what it stored when the file cannot be written, and says what to do by hand', async () => {
  await rm(join(folder, 'secrets.key'), { force: true });
  const readOnly = new PlainSecrets(file, store);
  const broken = Object.assign(Object.create(store) as SealedFileStore, {
    name: 'the store',
    list: () => store.list(),
    delete: (name: string) => store.delete(name),
    get: (name: string) => store.get(name),
    set: async (name: string, value: string) => {
      await store.set(name, value);
      await writeFile(file, `${FILE}# changed meanwhile\n`);
    },
  });
  await expect(new PlainSecrets(file, broken).move(['auth.secret'])).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await store.list()).toEqual([]);
  expect(await readFile(file, 'utf8')).toContain('jwt-plain');
  if (process.getuid?.() === 0) return;
  await chmod(file, 0o400);
  expect((await readOnly.list()).whyReadOnly).toContain('liveman secret set');
});

it('follows a link and leaves it a link', async () => {
  const link = join(folder, 'link.toml');
  await symlink(file, link);
  await new PlainSecrets(link, store).move(['auth.secret']);
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect(await readFile(file, 'utf8')).toContain('keychain:auth-secret');
});

it('leaves a file that the program reads as before', async () => {
  const options = { path: file, cwd: folder, env: { TWO: 'two' }, dataDir: folder, isDesktop: false };
  await store.set('there', 'of edge-2');
  const { config: before } = await openConfig(options);
  expect(before.auth.tokens).toEqual(['one-plain', 'two']);
  await secrets().move((await secrets().list()).plain.map(({ path }) => path));
  const { config: after, warnings } = await openConfig(options);
  expect(after).toEqual(before);
  expect(warnings.map(({ path }) => path)).toEqual(['nodes[1].url']);
});
