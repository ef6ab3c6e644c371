import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashPassword } from '../src-main/core/auth/password-hash.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import { createManager, type Manager } from '../src-main/core/manager.ts';
import { createEmptyDatabase } from './support/test-database.ts';

/** Access that is ended at one of two managers on one database, and ends at the other one with it. */

const PASSWORD = 'correct horse';
/** What is told comes well before what is kept in memory (2 s and 5 s) is read anew. */
const TOLD_WITHIN_MS = 1000;
const TRIES = 5;

let a: Manager;
let b: Manager;
let url: string;
let hash: string;
const folders: string[] = [];

beforeAll(async () => {
  url = await createEmptyDatabase();
  // The same line in both files: sessions hang on the password as it is written.
  hash = await hashPassword(PASSWORD);
  a = await startManager(url, hash);
  b = await startManager(url, hash);
});
afterAll(async () => {
  await a?.close();
  await b?.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function startManager(url: string, hash: string): Promise<Manager> {
  const folder = await mkdtemp(join(tmpdir(), 'liveman-shared-'));
  folders.push(folder);
  const configPath = join(folder, 'liveman.toml');
  const toml = `[auth]\nsecret = "example-secret"\n[[auth.accounts]]\nusername = "chief"\npassword = "${hash}"\n[[nodes]]\nalias = "edge-1"\nurl = "http://127.0.0.1:9"\n`;
  await writeFile(configPath, toml);
  return createManager({
    dataDir: folder,
    configPath,
    port: 0,
    rendererDir: folder,
    migrationsDir: resolve(import.meta.dirname, '../migrations'),
    version: '1.2.3',
    env: { DATABASE_URL: url },
    cwd: folder,
    logger: silentLogger,
  });
}

interface Caller {
  readonly token?: string;
  readonly cookie?: string;
}

function call(manager: Manager, method: string, path: string, caller: Caller = {}, body?: unknown) {
  return fetch(manager.url + path, {
    method,
    headers: {
      ...(caller.token === undefined ? {} : { authorization: `Bearer ${caller.token}` }),
      ...(caller.cookie === undefined ? {} : { cookie: `liveman_session=${caller.cookie}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
}

const statusAt = async (manager: Manager, caller: Caller) =>
  (await call(manager, 'GET', '/api/nodes/', caller)).status;

async function logIn(manager: Manager, username = 'chief', password = PASSWORD) {
  const reply = await call(manager, 'POST', '/api/login', {}, { username, password });
  const token: string = JSON.parse(await reply.text()).access_token;
  const cookie = /liveman_session\w*=([^;]+)/.exec(reply.headers.get('set-cookie') ?? '')?.[1] ?? '';
  return { byToken: { token }, byCookie: { cookie } };
}

/** The id of the session that a caller has. */
async function sessionOf(manager: Manager, caller: Caller): Promise<string> {
  const { sessions } = JSON.parse(await (await call(manager, 'GET', '/api/sessions', caller)).text());
  return sessions.find(({ isOwn }: { isOwn: boolean }) => isOwn).id;
}

/** Milliseconds until a caller is refused. */
async function untilRefused(manager: Manager, caller: Caller): Promise<number> {
  const startMs = performance.now();
  await expect.poll(() => statusAt(manager, caller), { timeout: 15_000, interval: 20 }).toBe(401);
  return performance.now() - startMs;
}

/** The best of some tries: a machine that is busy with other things says nothing about us. */
async function best(attempt: () => Promise<number>): Promise<number> {
  const tries: number[] = [];
  for (let i = 0; i < TRIES && !tries.some((ms) => ms < TOLD_WITHIN_MS); i += 1) tries.push(await attempt());
  return Math.min(...tries);
}

it('ends the JWT of a login with its session, and the session with the JWT, at every manager at once', async () => {
  const endings = [
    async (by: Caller, login: Awaited<ReturnType<typeof logIn>>) =>
      call(a, 'DELETE', `/api/sessions/${await sessionOf(b, login.byCookie)}`, by),
    async (by: Caller, { byToken }: Awaited<ReturnType<typeof logIn>>) => {
      const claims = JSON.parse(Buffer.from(byToken.token.split('.')[1] ?? '', 'base64url').toString());
      return call(a, 'DELETE', `/api/tokens/${claims.jti}`, by);
    },
    (_: Caller, { byCookie }: Awaited<ReturnType<typeof logIn>>) => call(a, 'POST', '/api/logout', byCookie),
    (_: Caller, { byToken }: Awaited<ReturnType<typeof logIn>>) => call(a, 'POST', '/api/logout', byToken),
  ];
  const { byCookie: chief } = await logIn(a);
  for (const end of endings) {
    const endedMs = await best(async () => {
      const login = await logIn(a);
      expect([await statusAt(b, login.byToken), await statusAt(b, login.byCookie)]).toEqual([200, 200]);
      expect((await end(chief, login)).status).toBe(200);
      expect([await statusAt(a, login.byToken), await statusAt(a, login.byCookie)]).toEqual([401, 401]);
      return Math.max(...(await Promise.all(Object.values(login).map((each) => untilRefused(b, each)))));
    });
    expect(endedMs).toBeLessThan(TOLD_WITHIN_MS);
  }
  expect(await statusAt(b, chief)).toBe(200);
});

it('ends event streams that were opened with it', async () => {
  const { byCookie: chief } = await logIn(a);
  const { byToken, byCookie } = await logIn(b);
  const streams = await Promise.all(
    [byToken, byCookie].map((caller) => call(b, 'GET', '/api/events', caller)),
  );
  const other = await call(b, 'GET', '/api/events', chief);
  const ends = streams.map((reply) =>
    reply.text().then(
      () => 'ended',
      () => 'ended',
    ),
  );
  expect((await call(a, 'DELETE', `/api/sessions/${await sessionOf(b, byCookie)}`, chief)).status).toBe(200);
  expect(await Promise.all(ends)).toEqual(['ended', 'ended']);
  const reader = other.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  await reader?.cancel();
});

it('takes changed accounts and withdrawn secret paths to the other manager', async () => {
  const { byCookie: chief } = await logIn(a);
  const rights = { role: 'viewer', streams: null, isDisabled: false };
  const account = { name: 'otto', password: 'first password', ...rights };
  expect((await call(a, 'POST', '/api/accounts', chief, account)).status).toBe(200);
  const disabledMs = await best(async () => {
    await call(a, 'PUT', '/api/accounts/otto', chief, rights);
    await expect
      .poll(
        async () =>
          (await call(b, 'POST', '/api/login', {}, { username: 'otto', password: 'first password' })).status,
        {
          timeout: 10_000,
        },
      )
      .toBe(200);
    const { byCookie } = await logIn(b, 'otto', 'first password');
    expect(await statusAt(b, byCookie)).toBe(200);
    await call(a, 'PUT', '/api/accounts/otto', chief, { ...rights, isDisabled: true });
    return untilRefused(b, byCookie);
  });
  expect(disabledMs).toBeLessThan(TOLD_WITHIN_MS);

  const path = async () =>
    new URL(JSON.parse(await (await call(a, 'POST', '/api/report-paths/edge-1', chief)).text()).url).pathname;
  const ping = async (at: string) => (await call(b, 'GET', `${at}/api/storage/ping`)).status;
  const first = await path();
  await expect.poll(() => ping(first), { timeout: 10_000 }).toBe(200);
  const withdrawnMs = await best(async () => {
    const before = await path();
    await expect.poll(() => ping(before), { timeout: 10_000 }).toBe(200);
    const startMs = performance.now();
    await call(a, 'DELETE', '/api/report-paths/edge-1', chief);
    await expect.poll(() => ping(before), { timeout: 10_000, interval: 20 }).toBe(401);
    return performance.now() - startMs;
  });
  expect(withdrawnMs).toBeLessThan(TOLD_WITHIN_MS);
});

it('counts wrong passwords of all managers together, over a restart too', async () => {
  const tryAt = async (manager: Manager, password = 'wrong') =>
    (await call(manager, 'POST', '/api/login', {}, { username: 'mallory', password })).status;
  const statuses: number[] = [];
  for (let i = 0; i < 4; i += 1) statuses.push(await tryAt(i % 2 === 0 ? a : b));
  expect(statuses).toEqual([401, 401, 401, 401]);
  // The fifth is the last without a delay; each later one doubles the time.
  expect((await Promise.all([tryAt(b), tryAt(a), tryAt(b)])).sort()).toEqual([401, 429, 429]);
  for (let i = 0; i < 2; i += 1) {
    await expect.poll(() => tryAt(i === 0 ? a : b), { timeout: 20_000, interval: 200 }).toBe(401);
  }
  await b.close();
  b = await startManager(url, hash);
  expect([await tryAt(b), await tryAt(a)]).toEqual([429, 429]);
  // Others are not kept waiting by it.
  expect((await logIn(b)).byCookie.cookie).not.toBe('');
});
