import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { CuttableProxy } from './support/cuttable-proxy.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { createEmptyDatabase } from './support/test-database.ts';

/** A manager whose database goes away in every way there is. The tests build on each other. */

let admin: pg.Client;
let proxy: CuttableProxy;
let manager: ManagerProcess;
let dataDir: string;
let node: FakeNode;
const role = `loss_${randomUUID().slice(0, 8)}`;

beforeAll(async () => {
  const database = new URL(await createEmptyDatabase());
  admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  await admin.query(`create role ${role} login superuser password 'right'`);
  database.username = role;
  database.password = 'right';
  proxy = new CuttableProxy(database.href);
  await proxy.listen();
  const { url } = proxy;
  await proxy.cut();
  node = await createFakeNode({ generation: 'head', alias: 'edge-1' });
  dataDir = await makeDataDir();
  const config = [
    `[database]\nurl = "${url}"\nconnect_timeout = 1\nmax_connections = 4`,
    '[auto_record]\nenabled = true\nauto_streams = ["cam*"]\nbase_prefix = "rec"\ntick_ms = 300',
    `[[nodes]]\nalias = "edge-1"\nurl = "${node.url}"`,
  ].join('\n');
  await writeFile(join(dataDir, 'liveman.toml'), config);
  manager = await startManager(dataDir, ['--config', join(dataDir, 'liveman.toml')]);
});

afterAll(async () => {
  await manager.kill();
  await proxy.cut();
  await node.close();
  await removeDataDir(dataDir);
  await admin.end();
});

async function get(path: string) {
  const reply = await fetch(manager.origin + path, { signal: AbortSignal.timeout(15_000) });
  return { status: reply.status, json: JSON.parse(await reply.text()) };
}

const database = async () => (await get('/api/status')).json.database;
const streamsShown = async () => (await get('/api/cluster')).json.streams.map(({ id }: { id: string }) => id);
const recordedOnNode = (stream: string) =>
  node.recordings.all().filter((row) => row.stream === stream).length;
const poll = (read: () => unknown, timeout = 40_000) => expect.poll(read, { timeout, interval: 200 });

async function report(stream: string): Promise<number> {
  const start_ts = Date.now() * 1000 - 10_000_000;
  const path = `${stream}/${Math.floor(Date.now() / 1000)}/v_seg_0001.m4s`;
  const segment = { start_ts, end_ts: start_ts + 2_000_000, duration_ms: 2000, path, is_keyframe: true };
  const reply = await fetch(`${manager.origin}/api/segments/report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ node_alias: 'edge-1', stream, segments: [segment] }),
    signal: AbortSignal.timeout(15_000),
  });
  return reply.status;
}

/** What was answered, and whether that was well before a node gives up. */
async function timed(call: () => Promise<number>): Promise<[status: number, isInTime: boolean]> {
  const startMs = performance.now();
  const status = await call();
  return [status, performance.now() - startMs < 8000];
}

const indexedCount = async (stream: string) =>
  (await get(`/api/record/${stream}/timeline`)).json.total_count ?? 0;

it('starts without it, shows the cluster, and says what is missing', async () => {
  expect(await database()).toMatchObject({ isUp: false, problem: expect.stringContaining('refused') });
  node.publish('first', { codecs: ['h264'], bitrateBps: 100_000 });
  await poll(streamsShown).toContain('first');
  expect((await get('/api/node-configs')).json).toMatchObject({ nodes: [{ alias: 'edge-1' }] });
  expect((await get('/readyz')).status).toBe(503);
  expect(await report('early')).toBe(200);
});

it('comes to it by itself, with what was reported meanwhile', async () => {
  await proxy.listen();
  await poll(async () => (await database()).isUp).toBe(true);
  await poll(() => indexedCount('early')).toBe(1);
  await poll(async () => (await get('/api/managers')).json.managers.length).toBe(1);
  node.publish('cam-1', { codecs: ['h264'], bitrateBps: 100_000 });
  await poll(() => recordedOnNode('cam-1')).toBe(1);
});

it('goes on recording and taking reports while the way to it is cut', async () => {
  await proxy.cut();
  await poll(async () => (await database()).isUp).toBe(false);
  node.publish('cam-2', { codecs: ['h264'], bitrateBps: 100_000 });
  await poll(() => recordedOnNode('cam-2')).toBe(1);
  expect(await report('cut')).toBe(200);
  await proxy.listen();
  await poll(async () => (await database()).isUp).toBe(true);
  await poll(() => indexedCount('cut')).toBe(1);
  await poll(async () => (await get('/api/managers')).json.managers[0]?.duties).toContain('auto-record');
  expect(recordedOnNode('cam-1')).toBe(1);
});

it('notices that it hangs, answers meanwhile, and goes on when it is back', async () => {
  proxy.stall();
  await poll(async () => (await database()).isUp).toBe(false);
  // One after the other, as a node sends them, which waits 10 s for each.
  for (let i = 0; i < 3; i += 1) expect(await timed(() => report(`hung-${i}`))).toEqual([200, true]);
  expect(await timed(async () => (await get('/api/cluster')).status)).toEqual([200, true]);
  expect(await timed(async () => (await get('/healthz')).status)).toEqual([200, true]);
  await proxy.cut();
  await proxy.listen();
  await poll(async () => (await database()).isUp).toBe(true);
  await poll(() => indexedCount('hung-2')).toBe(1);
});

it('says that the password is refused, and goes on when it is right again', async () => {
  await admin.query(`alter role ${role} password 'other'`);
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`);
  await poll(async () => (await database()).problem).toContain('refused the password');
  await admin.query(`alter role ${role} password 'right'`);
  await poll(async () => (await database()).isUp).toBe(true);
  await poll(async () => (await get('/api/managers')).json.managers.length).toBe(1);
});

it('writes nothing once a newer program has changed it, and says so', async () => {
  const client = new pg.Client({ connectionString: proxy.url });
  await client.connect();
  await client.query(`insert into schema_migrations values (9999, 'later', 'x', '99.0.0', now())`);
  await poll(async () => (await database()).newerProgram).toBe('99.0.0');
  await poll(async () => (await get('/api/managers')).json.managers[0]?.duties).toEqual([]);
  // The journal keeps what comes; nothing is lost and nothing is written.
  expect([200, 503]).toContain(await report('late'));
  const { rows } = await client.query(`select 1 from segments where stream = 'late'`);
  expect(rows).toEqual([]);
  await client.query('delete from schema_migrations where version = 9999');
  await client.end();
});

it('lets nobody in without logging in when it starts without the database that has the accounts', async () => {
  const send = (path: string, body: unknown) =>
    fetch(manager.origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const account = { name: 'chief', password: 'long enough', role: 'admin', streams: null, isDisabled: false };
  await poll(async () => (await send('/api/accounts', account)).status).toBe(200);
  await manager.stop();
  await proxy.cut();
  manager = await startManager(dataDir, ['--config', join(dataDir, 'liveman.toml')]);
  const anonymous = () =>
    fetch(`${manager.origin}/api/node-configs`, { signal: AbortSignal.timeout(15_000) });
  expect((await anonymous()).status).toBe(401);
  await proxy.listen();
  const logIn = async () => (await send('/api/login', { username: 'chief', password: 'long enough' })).status;
  await poll(logIn).toBe(200);
  expect((await anonymous()).status).toBe(401);
});

it('logs out who wants to while it is away, for good', async () => {
  const login = await fetch(`${manager.origin}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'chief', password: 'long enough' }),
  });
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const call = (method: string, path: string) =>
    fetch(manager.origin + path, { method, headers: { cookie }, signal: AbortSignal.timeout(15_000) });
  expect((await call('GET', '/api/node-configs')).status).toBe(200);
  await proxy.cut();
  const left = await call('POST', '/api/logout');
  expect([left.status, left.headers.getSetCookie()[0]]).toEqual([
    200,
    expect.stringMatching(/^liveman_session_[\da-f]{8}=;/),
  ]);
  expect((await call('GET', '/api/node-configs')).status).toBe(401);
  await proxy.listen();
  const client = new pg.Client({ connectionString: proxy.url });
  await client.connect();
  const isOpen = async () => (await client.query('select 1 from login_sessions')).rows.length;
  // The other one is of the test before.
  await poll(isOpen).toBe(1);
  await client.end();
  expect((await call('GET', '/api/node-configs')).status).toBe(401);
});

it('ends in order and has left no rejection unhandled', async () => {
  expect(await manager.stop()).toBe(0);
  expect(manager.log()).not.toMatch(/unhandled|TypeError/i);
});
