import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import { CuttableProxy } from './support/cuttable-proxy.ts';
import { createEmptyDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** One browser that is logged in to several managers of one computer: it sends each its cookies of all of them. */

const TOML =
  '[auth]\nsecret = "example-secret"\n[[auth.accounts]]\nusername = "chief"\npassword = "correct horse"\n';

let north: Manager;
/** Another manager on the database of `north`. */
let northToo: Manager;
let south: Manager;
let northUrl: string;
const closing: (() => Promise<unknown>)[] = [];
/** Cookies by name, as a browser keeps them for 127.0.0.1 whatever the port. */
let jar: Map<string, string>;

beforeAll(async () => {
  northUrl = await createEmptyDatabase();
  north = await start(northUrl);
  northToo = await start(northUrl);
  south = await start(await createEmptyDatabase());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});
beforeEach(() => {
  jar = new Map();
});

async function start(databaseUrl: string): Promise<Manager> {
  const folder = await mkdtemp(join(tmpdir(), 'liveman-clusters-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const manager = await createTestManager({ folder, databaseUrl, toml: TOML });
  closing.push(() => manager.close());
  return manager;
}

async function call(manager: Manager, method: string, path: string, body?: unknown): Promise<number> {
  const response = await fetch(manager.url + path, {
    method,
    headers: {
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  await response.text();
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') jar.delete(name);
    else jar.set(name, value);
  }
  return response.status;
}

const logIn = (manager: Manager) =>
  call(manager, 'POST', '/api/login', { username: 'chief', password: 'correct horse' });
const look = (manager: Manager) => call(manager, 'GET', '/api/nodes/');

it('stays logged in to both of two clusters, and logs out of one', async () => {
  expect([await logIn(north), await logIn(south)]).toEqual([200, 200]);
  expect([await look(north), await look(south)]).toEqual([200, 200]);
  expect(await call(north, 'POST', '/api/logout')).toBe(200);
  expect([await look(north), await look(south)]).toEqual([401, 200]);
});

it('is logged in at all managers of a database', async () => {
  await logIn(north);
  expect([...jar.keys()]).toEqual([expect.stringMatching(/^liveman_session_[\da-f]{8}$/)]);
  expect([await look(northToo), await look(south)]).toEqual([200, 401]);
  expect(await call(northToo, 'POST', '/api/logout')).toBe(200);
  expect([jar.size, await look(north)]).toEqual([0, 401]);
});

it('stays logged in where the database was away at the login, and comes back', async () => {
  const proxy = new CuttableProxy(northUrl);
  closing.push(() => proxy.cut());
  await proxy.listen();
  const { url } = proxy;
  await proxy.cut();
  const late = await start(url);
  await logIn(south);
  expect(await logIn(late)).toBe(200);
  expect(await look(late)).toBe(200);
  await proxy.listen();
  const isReady = async () => call(late, 'GET', '/readyz');
  await expect.poll(isReady, { timeout: 30_000, interval: 200 }).toBe(200);
  expect([await look(late), await look(south)]).toEqual([200, 200]);
  await logIn(late);
  expect([await look(late), await look(north), await look(south)]).toEqual([200, 200, 200]);
});
