import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { copyCaptures } from './support/capture-storage.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { createEmptyDatabase } from './support/test-database.ts';

/** Profiles as files, over HTTP and from the command line, and switches at odd moments. The tests build on each other. */

// Each derived key costs about half a second, on a computer that may be busy with other things.
vi.setConfig({ testTimeout: 180_000 });

const MAIN = fileURLToPath(new URL('../out/headless/main.js', import.meta.url));
const PHRASE = 'correct horse battery';
const TOKEN = 'the token of the first profile';

let dataDir: string;
let manager: ManagerProcess;

const configOf = (databaseUrl: string) => `
[auth]
tokens = ["${TOKEN}"]
secret = "the signing key of the first profile"
[database]
url = "${databaseUrl}"
max_connections = 6
[[nodes]]
alias = "edge-1"
url = "http://me:in-the-url@127.0.0.1:9"
token = "keychain:edge"
[extra_ice.coturn]
urls = ["turn:127.0.0.1"]
secret = "the secret of coturn"
[unknown]
password = "of nobody knows what"
[recorder.storage]
root = "captures"
`;

beforeAll(async () => {
  dataDir = await makeDataDir();
  await copyCaptures('head', join(dataDir, 'captures'));
  await writeFile(join(dataDir, 'liveman.toml'), configOf(await createEmptyDatabase()));
  expect((await run(['secret', 'set', 'edge'], 'the token of edge-1')).code).toBe(0);
  expect((await run(['index', '--storage', join(dataDir, 'captures'), '--node', 'edge-1'])).code).toBe(0);
  manager = await startManager(dataDir);
});
afterAll(async () => {
  await manager?.kill();
  await removeDataDir(dataDir);
});

/** Runs the program to its end. */
async function run(args: readonly string[], input = '') {
  const child = spawn(process.execPath, [MAIN, ...args, '--data', dataDir], { cwd: dataDir });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

async function call(method: string, path: string, body?: unknown, token: string | null = TOKEN) {
  const reply = await fetch(manager.origin + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await reply.text();
  return { status: reply.status, text, json: text.startsWith('{') ? JSON.parse(text) : null };
}

interface View {
  id: string;
  name: string;
  isActive: boolean;
  configPath: string;
}
const names = async (): Promise<string[]> =>
  (await call('GET', '/api/profiles')).json.profiles.map(({ name }: View) => name);
const folders = async () => (await readdir(join(dataDir, 'profiles')).catch(() => [])).length;
const importText = (text: string, name: string | null, passphrase: string | null) =>
  call('POST', '/api/profiles/import', { text, name, passphrase });
const exported = async (passphrase: string | null): Promise<string> =>
  (await call('POST', '/api/profiles/default/export', { passphrase, window: { theme: 'dark' } })).json.text;
/** Without what names folders of this computer, which only who sits at it may import. */
const withoutPlaces = (text: string) => {
  const file = JSON.parse(text);
  return JSON.stringify({ ...file, config: file.config.replace(/\[recorder\.storage\][\s\S]*/, '') });
};

const SECRETS =
  /the token of|signing key|in-the-url|secret of coturn|of nobody knows|postgresql:\/\/[^:"]*:(?!\[secret\])/;

it('exports without secrets, and with them only encrypted', async () => {
  const open = await exported(null);
  expect(open).not.toMatch(SECRETS);
  expect(JSON.parse(open)).toMatchObject({ sealed: null, window: { theme: 'dark' } });
  expect(JSON.parse(open).config).toContain('keychain:edge');
  const sealed = await exported(PHRASE);
  expect(sealed).not.toMatch(SECRETS);
  expect(JSON.parse(sealed).sealed).toMatchObject({ kdf: 'scrypt', cipher: 'aes-256-gcm' });
});

it('refuses what is wrong in its own words, and leaves nothing of it behind', async () => {
  const [open, sealed] = [
    JSON.parse(withoutPlaces(await exported(null))),
    JSON.parse(await exported(PHRASE)),
  ];
  const flip = (text: string) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
  const damaged = (key: 'salt' | 'iv' | 'tag' | 'data') => ({
    ...sealed,
    sealed: { ...sealed.sealed, [key]: flip(sealed.sealed[key]) },
  });
  const cases: [name: string, file: unknown, passphrase: string | null, words: string][] = [
    ['wrong phrase', sealed, 'another phrase', 'The pass phrase is not the one'],
    ['no JSON', 'no JSON', null, 'only a part of one'],
    ['other JSON', { some: 'JSON' }, null, 'no exported profile'],
    ['a phrase for nothing', open, PHRASE, 'holds no secrets'],
    ['newer', { ...open, version: 2 }, null, 'newer Liveman'],
    ['older than any', { ...open, version: 0 }, null, 'damaged'],
    ['cut', { ...open, config: undefined }, null, 'damaged'],
    ['no TOML', { ...open, config: '[auth' }, null, 'this is not TOML'],
    ['no name', { ...open, name: '' }, null, 'name in this file'],
    ['a name that turns around', { ...open, name: 'a\u202eb' }, null, 'name in this file'],
    ['a part of a path for a name', { ...open, name: 'a/b' }, null, 'name in this file'],
    ['a way up for a name', { ...open, name: '../../x' }, null, 'name in this file'],
    ['salt', damaged('salt'), PHRASE, 'pass phrase'],
    ['iv', damaged('iv'), PHRASE, 'changed after'],
    ['tag', damaged('tag'), PHRASE, 'changed after'],
    ['data', damaged('data'), PHRASE, 'changed after'],
    ['readable part', { ...sealed, name: 'Other' }, PHRASE, 'changed after'],
    ['a taken name', { ...open, name: 'DEFAULT' }, null, 'already'],
  ];
  for (const [name, file, passphrase, words] of cases) {
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    const reply = await importText(text, null, passphrase);
    expect([name, reply.status >= 400 && reply.status < 500, reply.json?.message]).toEqual([
      name,
      true,
      expect.stringContaining(words),
    ]);
  }
  expect(await names()).toEqual(['Default']);
  expect(await folders()).toBe(0);
});

it('takes no way into this computer over HTTP, but from its command line', async () => {
  const [open, sealed] = [await exported(null), await exported(PHRASE)];
  const refused = await importText(open, 'Copy', null);
  expect([refused.status, refused.json.message]).toEqual([
    403,
    expect.stringContaining('recorder.storage.root'),
  ]);
  expect((await importText(sealed, 'Copy', PHRASE)).status).toBe(403);
  expect(await folders()).toBe(0);

  await writeFile(join(dataDir, 'sealed.json'), sealed);
  const wrong = await run(
    ['profile', 'import', 'sealed.json', '--name', 'Copy', '--secrets'],
    'not the phrase',
  );
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('The pass phrase is not the one')]);
  const made = await run(['profile', 'import', 'sealed.json', '--name', 'Copy', '--secrets'], PHRASE);
  expect([made.code, made.stderr]).toEqual([0, expect.stringContaining('Made the profile Copy')]);
  expect((await run(['profile', 'list'])).stdout).toBe('Default\nCopy\n');
  expect(await names()).toEqual(['Default', 'Copy']);
  const again = await run(['profile', 'export', 'Copy', '--secrets'], PHRASE);
  expect(again.stdout).not.toMatch(SECRETS);
  const back = await run(['profile', 'export', 'Copy']);
  expect(JSON.parse(back.stdout).config).toBe(JSON.parse(open).config);
});

it('brings settings and secrets along under the pass phrase, byte for byte', async () => {
  const { profiles } = (await call('GET', '/api/profiles')).json;
  const copy = profiles.find(({ name }: View) => name === 'Copy') as View;
  const original = await readFile(join(dataDir, 'liveman.toml'), 'utf8');
  expect(await readFile(copy.configPath, 'utf8')).toBe(original);
  const folder = join(dataDir, 'profiles', copy.id, 'data');
  const child = spawn(process.execPath, [MAIN, 'secret', 'list', '--data', folder], { cwd: folder });
  let listed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    listed += chunk;
  });
  await once(child, 'close');
  expect(listed).toBe('edge\n');
});

it('lets nobody with the credentials of one profile remove or rename another that asks for its own', async () => {
  const text = withoutPlaces(await exported(null));
  expect((await importText(text, 'Other', null)).status).toBe(200);
  const { profiles } = (await call('GET', '/api/profiles')).json;
  const { configPath, id } = profiles.find(({ name }: View) => name === 'Other') as View;
  await writeFile(configPath, '[auth]\ntokens = ["another token"]\n');
  expect((await call('DELETE', `/api/profiles/${id}`)).status).toBe(403);
  expect((await call('PATCH', `/api/profiles/${id}`, { name: 'Mine' })).status).toBe(403);
  expect(
    (await call('POST', `/api/profiles/${id}/export`, { passphrase: PHRASE, window: null })).status,
  ).toBe(403);
  expect(await names()).toContain('Other');
});

const activeName = async (token: string | null = TOKEN): Promise<string> => {
  try {
    const { json } = await call('GET', '/api/profiles', undefined, token);
    return json?.profiles.find((profile: View) => profile.isActive)?.name ?? 'not said';
  } catch {
    // Between two managers nobody listens.
    return 'nobody';
  }
};

it('switches while exports run, which are ended by their own profile afterwards', async () => {
  const timeline = (await call('GET', '/api/record/cam1/timeline?limit=1000')).json;
  const [first, last] = [timeline.segments[0], timeline.segments.at(-1)];
  const range = { stream: 'cam1', startUs: first.start_ts, endUs: last.end_ts };
  const wanted = 12;
  for (let i = 0; i < wanted; i += 1) expect((await call('POST', '/api/exports', range)).status).toBe(200);
  // With an address and a database of its own, so that it starts fast.
  const made = (await call('POST', '/api/profiles', { name: 'Harbour', copyOf: null })).json as View;
  const database = await createEmptyDatabase();
  await writeFile(made.configPath, `[auth]\ntokens = ["${TOKEN}"]\n[database]\nurl = "${database}"\n`);
  expect((await call('POST', `/api/profiles/${made.id}/activate`)).status).toBe(200);
  await expect.poll(activeName, { timeout: 60_000, interval: 200 }).toBe('Harbour');
  expect((await call('GET', '/api/exports')).json.exports).toEqual([]);
  expect((await call('POST', '/api/profiles/default/activate')).status).toBe(200);
  await expect.poll(activeName, { timeout: 60_000, interval: 200 }).toBe('Default');
  const states = async () =>
    (await call('GET', '/api/exports')).json.exports.map(({ state }: { state: string }) => state);
  await expect.poll(states, { timeout: 60_000, interval: 300 }).toEqual(Array(wanted).fill('done'));
  const files = await readdir(join(dataDir, 'exports'));
  expect(files.filter((name) => name.endsWith('.mp4'))).toHaveLength(wanted);
  expect(files).toHaveLength(wanted);
});

it('takes a profile for one with authentication whose accounts are only in its database', async () => {
  const database = await createEmptyDatabase();
  const made = (await call('POST', '/api/profiles', { name: 'Accounts', copyOf: null })).json as View;
  await writeFile(made.configPath, `[database]\nurl = "${database}"\n[http]\nlisten = "127.0.0.1:0"\n`);
  const refused = await call('POST', `/api/profiles/${made.id}/activate`);
  expect([refused.status, refused.json.message]).toEqual([409, expect.stringContaining('no authentication')]);

  // Its first account is made where it runs for this computer alone.
  await manager.stop();
  manager = await startManager(dataDir, ['--profile', 'Accounts']);
  const chief = { name: 'chief', password: 'long enough', role: 'admin', streams: null, isDisabled: false };
  expect((await call('POST', '/api/accounts', chief, null)).status).toBe(200);
  await manager.stop();
  await writeFile(made.configPath, `[database]\nurl = "${database}"\n`);
  manager = await startManager(dataDir, ['--profile', 'Default']);
  expect((await call('POST', `/api/profiles/${made.id}/activate`)).status).toBe(200);
  const login = async () => {
    const body = { username: 'chief', password: 'long enough' };
    return (await call('POST', '/api/login', body, null).catch(() => null))?.status;
  };
  await expect.poll(login, { timeout: 60_000, interval: 300 }).toBe(200);
  for (const token of [null, TOKEN]) {
    expect((await call('GET', '/api/node-configs', undefined, token)).status).toBe(401);
  }
  expect(await manager.stop()).toBe(0);
  expect(manager.log()).not.toMatch(/unhandled/i);
});
