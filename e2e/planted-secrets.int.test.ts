import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/**
 * Recognisable secrets in every place that takes one, then every kind of trouble, then a search for them in all that
 * leaves the program: its log, its replies and pages, its database, the files of its data folder, what other
 * processes can see of it.
 */

const MAIN = resolve(import.meta.dirname, '../out/headless/main.js');
/** A busy computer takes long to start a program. */
const RUN_LIMIT_MS = 60_000;
const planted = new Map<string, string>();
/** A secret that is nowhere else in the world. */
function plant(what: string): string {
  const secret = `plant-${what}-${randomBytes(9).toString('hex')}`;
  planted.set(what, secret);
  return secret;
}

const CONFIG = `
[log]
level = "trace"
[auth]
secret = "${plant('jwt-key')}"
tokens = ["${plant('static-token')}"]
[[auth.accounts]]
username = "anna"
password = "${plant('account-password')}"
[[nodes]]
alias = "dead"
url = "http://127.0.0.1:9"
token = "${plant('node-token')}"
[[nodes]]
alias = "named"
url = "http://me:${plant('node-userinfo')}@127.0.0.1:9/base"
token = "env:PLANTED_TOKEN"
[[nodes]]
alias = "telltale"
url = "TELLTALE_URL"
token = "${plant('refused-token')}"
[[nodes]]
alias = "missing"
url = "http://127.0.0.1:10"
token = "keychain:not-there"
[[extra_ice.ice_servers]]
urls = ["turn:127.0.0.1:9"]
username = "me"
credential = "${plant('ice-credential')}"
[extra_ice.coturn]
urls = ["turn:127.0.0.1:9"]
secret = "${plant('coturn-secret')}"
[extra_ice.cloudflare]
key_id = "key"
api_token = "${plant('cloudflare-token')}"
[recorder.storage]
type = "s3"
bucket = "recordings"
region = "us-east-1"
endpoint = "http://127.0.0.1:9"
access_key_id = "AKPLANTED"
secret_access_key = "${plant('s3-key')}"
session_token = "${plant('s3-session')}"
[[alerts.webhooks]]
url = "http://127.0.0.1:9/hooks/${plant('webhook-path')}"
secret = "${plant('webhook-key')}"
[net4mqtt]
mqtt_url = "mqtt://me:${plant('mqtt-password')}@127.0.0.1:9"
[proxy]
url = "http://me:${plant('proxy-password')}@127.0.0.1:9"
`;
const ENV = { LIVEMAN_SECRET_KEY: plant('pass-phrase'), PLANTED_TOKEN: plant('env-token') };

let configDir: string;
let dataDir: string;
let manager: ManagerProcess;
/** A node that refuses every token and repeats in its answer what it was sent. */
const telltale = createServer((request, response) => {
  const text = JSON.stringify(request.headers);
  response
    .writeHead(401, { 'www-authenticate': `Bearer error="${request.headers.authorization}"` })
    .end(text);
});
/** What the program said: a name of each piece, and its text. */
const said = new Map<string, string>();

beforeAll(async () => {
  configDir = await makeDataDir();
  dataDir = await makeDataDir();
  await once(telltale.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(telltale.address() as AddressInfo).port}`;
  await writeFile(join(configDir, 'liveman.toml'), CONFIG.replace('TELLTALE_URL', url));
  manager = await startManager(dataDir, ['--config', join(configDir, 'liveman.toml')], ENV);
});
afterAll(async () => {
  await manager?.stop();
  telltale.closeAllConnections();
  telltale.close();
  await removeDataDir(configDir);
  await removeDataDir(dataDir);
});

const secretOf = (what: string) => planted.get(what) ?? '';

/** Calls the manager and keeps all of the reply. */
async function call(
  method: string,
  path: string,
  init: { body?: string; token?: string; type?: string } = {},
) {
  const reply = await fetch(manager.origin + path, {
    method,
    headers: {
      ...(init.token ? { authorization: `Bearer ${init.token}` } : {}),
      ...(init.body === undefined ? {} : { 'content-type': init.type ?? 'application/json' }),
    },
    ...(init.body === undefined ? {} : { body: init.body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  });
  const text = await reply.text();
  said.set(
    `reply ${said.size}: ${method} ${path.split('?')[0]} ${reply.status}`,
    JSON.stringify([...reply.headers]) + text,
  );
  return { status: reply.status, text };
}

/** Runs the program with a configuration of its own, until it ends or goes on in spite of an absent database. */
function runOnce(name: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: configDir,
      env: { ...process.env, ...env },
    });
    let output = '';
    const note = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('refused the connection')) child.kill('SIGTERM');
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_LIMIT_MS);
    child.once('close', () => {
      clearTimeout(timer);
      said.set(`output of ${name}`, output);
      done();
    });
  });
}

function expectClean(pieces: ReadonlyMap<string, string>, secrets: ReadonlyMap<string, string>): void {
  const found: string[] = [];
  for (const [where, text] of pieces) {
    for (const [what, secret] of secrets) if (text.includes(secret)) found.push(`${what} in ${where}`);
  }
  expect(found).toEqual([]);
}

it('says no secret in replies, log, pages, database, files and processes, whatever goes wrong', async () => {
  const token = secretOf('static-token');
  const login = (body: string) => call('POST', '/api/login', { body });
  await login(JSON.stringify({ username: 'anna', password: plant('mistyped-password') }));
  await login(`{"username":"anna","password":"${secretOf('account-password')}"`);
  const wrong = plant('wrong-token');
  await call('GET', '/api/cluster', { token: wrong });
  await call('GET', `/api/cluster?token=${wrong}&code=${wrong}`);
  await call('GET', `/?code=${wrong}`);
  // The window and every route that only reads.
  const page = await call('GET', '/');
  for (const [asset] of page.text.matchAll(/assets\/[\w.-]+/g)) await call('GET', `/${asset}`);
  const openApi = JSON.parse((await call('GET', '/api/openapi.json', { token })).text) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const isEndless = (path: string) => /events|sse|stream\b.*feed/i.test(path);
  const readable = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    'get' in methods && !isEndless(path) ? [path.replace(/\{\*?\w+\}/g, 'cam1')] : [],
  );
  expect(readable.length).toBeGreaterThan(20);
  await Promise.all(readable.map((path) => call('GET', path, { token }).catch(() => {})));
  // Changes, right and wrong ones.
  const added = plant('window-token');
  const node = (alias: string, url: string, value: string) => JSON.stringify({ alias, url, token: value });
  const post = (path: string, body: string) => call('POST', path, { token, body });
  expect((await post('/api/node-configs', node('added', 'http://127.0.0.1:9/added', added))).status).toBe(
    200,
  );
  await post('/api/node-configs', node('added', 'http://127.0.0.1:9/added', added));
  await post('/api/node-configs', node('x', `ftp://me:${added}@127.0.0.1`, added));
  await post('/api/node-configs', node('y', `http://me:${added}@127.0.0.1:9`, added));
  await post('/api/node-configs', `{"alias":"z","token":"${added}`);
  await post('/api/node-configs', JSON.stringify({ alias: 1, token: [added] }));
  await post('/api/node-configs/test', node('added', 'http://127.0.0.1:9', added));
  await post('/api/node-configs/test', node('added', `http://me:${added}@127.0.0.1:9`, added));
  const { port } = telltale.address() as AddressInfo;
  await post('/api/node-configs/test', node('echo', `http://127.0.0.1:${port}`, added));
  const nodes = async () => (await call('GET', '/api/cluster', { token })).text;
  await expect.poll(nodes, { timeout: 20_000 }).toMatch(/"telltale"[^}]*(\{[^}]*\}[^}]*)*auth-failed/);
  const stored = plant('stored-secret');
  const put = (name: string, body: string) => call('PUT', `/api/secrets/${name}`, { token, body });
  expect((await put('spare', JSON.stringify({ value: stored }))).status).toBe(200);
  await put('spare%2f', JSON.stringify({ value: stored }));
  await put('spare', JSON.stringify({ value: [stored] }));
  await put('spare', `{"value":"${stored}`);
  await post('/whip/cam1', 'v=0');
  await call('POST', '/whep/cam1', { token, body: 'v=0\r\n', type: 'application/sdp' });
  // A signed URL is for who asked for it, and stands in no log.
  const presign = { method: 'PUT', path: 'cam1/1790000000/v_seg_0001.m4s', ttl_seconds: 60 };
  const signed = await post('/api/storage/presign', JSON.stringify(presign));
  expect(JSON.parse(signed.text).url).toContain('X-Amz-Signature');
  // As AWS wants it, the session token is a part of the URL.
  for (const [where, text] of said) if (text.includes('X-Amz-Signature')) said.delete(where);
  await post('/api/segments/report', `{"node_alias":"dead","token":"${wrong}"}`);
  // Who logs in gets a token; it is theirs alone from then on.
  const granted = JSON.parse(
    await (
      await fetch(`${manager.origin}/api/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'anna', password: secretOf('account-password') }),
      })
    ).text(),
  ) as { access_token: string };
  planted.set('granted token', granted.access_token);
  await call('GET', '/api/cluster', { token: granted.access_token });
  await expect.poll(() => manager.log(), { timeout: 30_000 }).toContain('A webhook did not take an alert');

  expect(manager.log()).not.toMatch(/X-Amz-Signature|X-Amz-Credential|[?&]signature=/);
  said.set('log', manager.log());
  await seeProcesses();
  await dumpDatabase();
  expectClean(said, planted);
});

it('says no secret when it does not start', async () => {
  const broken = plant('broken-file');
  const url = (host: string) => `postgresql://liveman:${plant('database-password')}@${host}/liveman`;
  const write = async (name: string, text: string) => {
    await writeFile(join(configDir, name), text);
    return [
      'serve',
      '--port',
      '0',
      '--data',
      join(configDir, `data of ${name}`),
      '--config',
      join(configDir, name),
    ];
  };
  const away = `[database]\nurl = "${url('127.0.0.1:9')}"\nconnect_timeout = 1\n`;
  const wrongTypes = `[auth]\nsecret = ["${broken}"]\ntokens = "${broken}"\n`;
  const noHost = { ...ENV, DATABASE_URL: url('127.0.0.1:9/%zz') };
  await Promise.all([
    runOnce('a file that is no TOML', await write('a.toml', `[auth]\nsecret = "${broken}\n`), ENV),
    runOnce('wrong types', await write('b.toml', wrongTypes), ENV),
    runOnce('a database that is away', await write('c.toml', away), ENV),
    runOnce('no database URL', await write('d.toml', `[database]\nurl = "${broken}"\n`), ENV),
    runOnce('a wrong DATABASE_URL', await write('e.toml', '[database]\nconnect_timeout = 1\n'), noHost),
    runOnce('an unknown option', ['serve', `--token=${broken}`], ENV),
    runOnce('a secret on the command line', ['secret', 'set', 'name', broken], ENV),
  ]);
  const isOptionEcho = (name: string) => name === 'output of an unknown option';
  expect([...said].filter(([name, text]) => name.startsWith('output') && text === '')).toEqual([]);
  expectClean(new Map([...said].filter(([name]) => !isOptionEcho(name))), planted);
}, 90_000);

it('says no secret when it crashes, and dumps nothing', async () => {
  const carried = plant('property-of-an-error');
  // What others wrote into a message may hold one of ours, as it is and as it stands in a URL.
  const told = ['node-token', 'static-token', 'mqtt-password', 's3-key', 'env-token'].map(secretOf);
  const crash = join(configDir, 'crash.mjs');
  await writeFile(
    crash,
    `process.on('SIGUSR2', () => { throw Object.assign(new Error('a defect: ${told.join(', ')}'), { headers: { authorization: '${carried}' } }); });`,
  );
  const folder = await makeDataDir();
  const args = ['--config', join(configDir, 'liveman.toml')];
  const crashing = await startManager(folder, args, { ...ENV, NODE_OPTIONS: `--import=${crash}` });
  process.kill(crashing.pid, 'SIGUSR2');
  await expect.poll(() => crashing.log(), { timeout: 20_000 }).toContain('Error: a defect');
  expect(await crashing.stop()).toBe(1);
  said.set('last words', crashing.log());
  expect(crashing.log()).toContain(`a defect: ${told.map(() => '[secret]').join(', ')}`);
  const left = (await readdir(folder)).filter((name) => /core|report|dump/i.test(name));
  // What it left running is taken over, ended with it, and in order.
  await (await startManager(folder, args, ENV)).stop();
  await removeDataDir(folder);
  expect(left).toEqual([]);
  expectClean(said, planted);
});

it('leaves no secret in the files of its data folder, sealed ones aside', async () => {
  const files = new Map<string, string>();
  for (const entry of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(relative(dataDir, path), await readFile(path, 'latin1'));
  }
  expect(files.size).toBeGreaterThan(100);
  // The one that opens the built-in database, for its owner only.
  files.delete('postgres/password');
  expectClean(files, planted);
});

/** Command lines and environments of all processes that the manager started, and its own command line. */
async function seeProcesses(): Promise<void> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const status = /^\d+$/.test(name) ? await readProc(name, 'status') : '';
    const parent = /^PPid:\s*(\d+)/m.exec(status)?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === manager.pid || isOurs(parent));
  };
  const children = [...parents.keys()].filter(isOurs);
  expect(children.length).toBeGreaterThan(1);
  said.set('command line of the manager', await readProc(manager.pid, 'cmdline'));
  for (const pid of children) {
    const command = await readProc(pid, 'cmdline');
    said.set(`process ${command.slice(0, 60)}`, `${command} ${await readProc(pid, 'environ')}`);
  }
}

function readProc(pid: number | string, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
}

/** Every row of every table of the built-in database, whose own password must not be seen either. */
async function dumpDatabase(): Promise<void> {
  const files = await readdir(dataDir, { recursive: true });
  const passwordFile = files.find((file) => /(^|\/)password$/.test(file)) ?? '';
  const pidFile = files.find((file) => file.endsWith('postmaster.pid')) ?? '';
  const password = (await readFile(join(dataDir, passwordFile), 'utf8')).trim();
  const port = Number((await readFile(join(dataDir, pidFile), 'utf8')).split('\n')[3]);
  planted.set('password of the built-in database', password);
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'liveman', database: 'liveman', password });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in
       ('pg_catalog', 'information_schema')`,
    );
    expect(tables.rows.length).toBeGreaterThan(10);
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      said.set(`table ${name}`, rows.map(({ row }) => row).join('\n'));
    }
    const activity = await client.query<{ row: string }>('select t::text as row from pg_stat_activity t');
    said.set('statements that run', activity.rows.map(({ row }) => row).join('\n'));
  } finally {
    await client.end();
  }
}
