import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { redactConfig, withoutSecrets } from '../config/redact-config.ts';
import { CONFIG_ROOT, joinPath, type SchemaNode } from '../config/schema-node.ts';
import { isNeededSecret } from '../config/secret-references.ts';
import { openConfig } from './open-config.ts';
import { PlainSecrets } from './plain-secrets.ts';
import { SealedFileStore } from './sealed-file-store.ts';

/* Every key of liveman.toml that wants a secret, as the schema has them: a new one is tried without a line here. */

/** Path of each secret, with what is put there. */
const secrets = new Map<string, string>();
/** A whole liveman.toml with one entry of each list and `put(path, value)` at each secret. */
function fileWith(put: (path: string, value: string) => string): Record<string, unknown> {
  return tableOf(CONFIG_ROOT, '', put);
}

/** What else an entry needs to be one. */
const COMPANIONS: Readonly<Record<string, unknown>> = {
  'nodes[0].alias': 'edge-1',
  'auth.accounts[0].username': 'anna',
  'storages[0].name': 'attic',
  'storages[0].root': '/srv/attic',
  'extra_ice.ice_servers[0].urls': ['turn:127.0.0.1'],
  'extra_ice.coturn.urls': ['turn:127.0.0.1'],
};

function tableOf(node: SchemaNode, path: string, put: (path: string, value: string) => string) {
  const table: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const place = joinPath(path, key);
    const secret = (at: string) => put(at, secretFor(at, child));
    if (place in COMPANIONS) table[key] = COMPANIONS[place];
    else if (child.type === 'object') table[key] = tableOf(child, place, put);
    else if (child.items?.type === 'object') table[key] = [tableOf(child.items, `${place}[0]`, put)];
    else if (child.isSecret && child.type === 'array') table[key] = [secret(`${place}[0]`)];
    else if (child.isSecret) table[key] = secret(place);
  }
  // A rule without streams is none.
  delete table.retention;
  return table;
}

function secretFor(path: string, { format, isSecret }: SchemaNode): string {
  const word = `planted-${path.replace(/\W+/g, '-')}`;
  if (path === 'database.url') return `postgresql://me:${word}@127.0.0.1/liveman`;
  if (path === 'net4mqtt.mqtt_url') return `mqtt://me:${word}@127.0.0.1`;
  if (isSecret === 'password') return `http://me:${word}@127.0.0.1:9`;
  return format === 'http-url' ? `http://127.0.0.1:9/${word}` : word;
}

fileWith((path, value) => {
  secrets.set(path, value);
  return value;
});
const paths = [...secrets.keys()].sort();
const nameOf = (path: string) => `the-${path.replace(/\W+/g, '-')}`;

let folder: string;
let store: SealedFileStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'every-secret-'));
  store = new SealedFileStore({ folder });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = () => join(folder, 'liveman.toml');
const open = (env: Record<string, string> = {}) =>
  openConfig({ path: file(), cwd: folder, env, dataDir: folder, isDesktop: false });

/** What stands at `a.b[0].c`. */
function at(config: object, path: string): unknown {
  return path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .reduce((value: unknown, key) => (value as Record<string, unknown> | undefined)?.[key], config);
}

/** The URL of a node is used without user and password. */
const asUsed = (path: string) => (path === 'nodes[0].url' ? 'http://127.0.0.1:9' : secrets.get(path));

it('finds them all', () => {
  expect(paths).toEqual(
    expect.arrayContaining([
      'alerts.webhooks[0].secret',
      'alerts.webhooks[0].url',
      'auth.accounts[0].password',
      'auth.secret',
      'auth.tokens[0]',
      'database.url',
      'extra_ice.cloudflare.api_token',
      'extra_ice.coturn.secret',
      'extra_ice.ice_servers[0].credential',
      'net4mqtt.mqtt_url',
      'nodes[0].token',
      'nodes[0].url',
      'proxy.url',
      'recorder.storage.secret_access_key',
      'storages[0].session_token',
    ]),
  );
});

it.each(['keychain', 'env'])('takes %s:NAME at each of them', async (kind) => {
  const env: Record<string, string> = {};
  for (const [path, value] of secrets) {
    if (kind === 'keychain') await store.set(nameOf(path), value);
    else env[nameOf(path)] = value;
  }
  await writeFile(file(), stringify(fileWith((path) => `${kind}:${nameOf(path)}`)));
  const { config } = await open(env);
  for (const path of paths) expect([path, at(config, path)]).toEqual([path, asUsed(path)]);
});

it('offers each of them for moving, leaves none behind, and reads the same afterwards', async () => {
  await writeFile(file(), stringify(fileWith((_, value) => value)));
  const { config: before } = await open();
  const plain = new PlainSecrets(file(), store);
  const listed = (await plain.list()).plain.map(({ path }) => path);
  expect(listed.sort()).toEqual(paths);
  await plain.move(listed);
  expect(await readFile(file(), 'utf8')).not.toContain('planted');
  expect((await open()).config).toEqual(before);
});

it('shows none of them in settings that may be seen or exported', async () => {
  const table = fileWith((_, value) => value);
  await writeFile(file(), stringify(table));
  const { config } = await open();
  expect(JSON.stringify(redactConfig(config))).not.toContain('planted');
  expect(JSON.stringify(withoutSecrets(table))).not.toContain('planted');
});

it('starts without those that can wait, and names each of the others that is not there', async () => {
  const reference = (path: string) => `keychain:${nameOf(path)}`;
  await writeFile(file(), stringify(fileWith(reference)));
  const needed = paths.filter(isNeededSecret);
  const refusal = await open().catch((error: Error) => error.message);
  for (const path of needed) expect(refusal).toContain(`liveman secret set ${nameOf(path)}`);
  await writeFile(
    file(),
    stringify(fileWith((path, value) => (isNeededSecret(path) ? value : reference(path)))),
  );
  const { warnings } = await open();
  const waiting = paths.filter((path) => !isNeededSecret(path));
  for (const path of waiting) {
    expect(warnings.map(({ message }) => message).join('\n')).toContain(`liveman secret set ${nameOf(path)}`);
  }
});

it.each([
  'keychain:jwt key',
  'keychain: jwt',
  'keychain:team/jwt',
  'keychain:',
  'env:MY-KEY!',
  'Keychain:jwt',
  ' env:A',
])('refuses %j at each of them, as it is no reference and no secret', async (text) => {
  const table = fileWith(() => text);
  await writeFile(file(), stringify(table));
  const refusal = await open().catch((error: Error) => error.message);
  for (const path of paths) expect(refusal).toContain(`${path}: is meant as the name of a secret`);
  // Nor is it left where only names may be; of a URL only the password in it is secret.
  const whole = paths.filter((path) => secrets.get(path)?.startsWith('planted'));
  const exported = whole.map((path) => at(withoutSecrets(table), path) ?? '');
  expect(JSON.stringify(exported)).not.toContain('jwt');
});
