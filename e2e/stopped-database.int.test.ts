import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { capturedOffer } from './support/captured-offer.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { type OwnPostgres, startOwnPostgres } from './support/own-postgres.ts';
import { residentMb } from './support/process-memory.ts';
import { type SoakLoad, startSoakLoad } from './support/soak-load.ts';

/** PostgreSQL itself is stopped, then killed, under two managers to which nodes report. The tests build on each other. */

let postgres: OwnPostgres;
const managers: ManagerProcess[] = [];
const nodes: FakeNode[] = [];
const loads: SoakLoad[] = [];

beforeAll(async () => {
  postgres = await startOwnPostgres();
  for (let i = 0; i < 2; i += 1) nodes.push(await createFakeNode({ generation: 'head', alias: `edge-${i}` }));
  for (let i = 0; i < 2; i += 1) {
    const folder = await makeDataDir();
    const config = [
      `[database]\nurl = "${postgres.url}"\nmax_connections = 4`,
      // These nodes write no segments, for which recordings would be begun anew after a while.
      '[auto_record]\nenabled = true\nauto_streams = ["cam*"]\nbase_prefix = "rec"\ntick_ms = 300\nrestart_stalled = 0',
      ...nodes.map((node, n) => `[[nodes]]\nalias = "edge-${n}"\nurl = "${node.url}"`),
    ].join('\n');
    await writeFile(join(folder, 'liveman.toml'), config);
    managers.push(await startManager(folder, ['--config', join(folder, 'liveman.toml')]));
  }
  for (const [i, { origin }] of managers.entries()) loads.push(startSoakLoad(origin, 6, `${i}`));
});

afterAll(async () => {
  await postgres.thaw();
  for (const manager of managers) {
    await manager.kill();
    await removeDataDir(manager.dataDir);
  }
  await Promise.all(nodes.map((node) => node.close()));
  await postgres.close();
});

const poll = (read: () => unknown, timeout = 40_000) => expect.poll(read, { timeout, interval: 200 });

/** An answer, and whether it came well before who asks would give up. */
async function call({ origin }: ManagerProcess, method: string, path: string, sdp?: string) {
  const startMs = performance.now();
  const reply = await fetch(origin + path, {
    method,
    ...(sdp === undefined ? {} : { headers: { 'content-type': 'application/sdp' }, body: sdp }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await reply.text();
  return {
    status: reply.status,
    isInTime: performance.now() - startMs < 6000,
    location: reply.headers.get('location') ?? '',
    json: text.startsWith('{') ? JSON.parse(text) : null,
  };
}

const SOON = { isInTime: true };
const isUp = async (manager: ManagerProcess) =>
  (await call(manager, 'GET', '/api/status')).json.database.isUp;
const recordings = (stream: string) =>
  nodes.flatMap((node) => node.recordings.all()).filter((row) => row.stream === stream).length;

/** Each manager shows the nodes and takes publishers, viewers and their goodbyes. */
async function expectToServe(stream: string): Promise<void> {
  const [first, second] = managers as [ManagerProcess, ManagerProcess];
  for (const manager of managers) {
    const cluster = await call(manager, 'GET', '/api/cluster');
    expect(cluster).toMatchObject({ status: 200, ...SOON });
    expect(cluster.json.nodes.map(({ alias }: { alias: string }) => alias).sort()).toEqual([
      'edge-0',
      'edge-1',
    ]);
    expect(await call(manager, 'GET', '/healthz')).toMatchObject({ status: 200, ...SOON });
  }
  const published = await call(first, 'POST', `/whip/${stream}`, capturedOffer('whip/cam1'));
  expect(published).toMatchObject({ status: 201, ...SOON });
  const shown = async () => {
    const { json } = await call(second, 'GET', '/api/cluster');
    return json.streams.map(({ id }: { id: string }) => id);
  };
  await poll(shown).toContain(stream);
  const watched = await call(second, 'POST', `/whep/${stream}`, capturedOffer('whep/cam1'));
  expect(watched).toMatchObject({ status: 201, ...SOON });
  const session = (location: string) => new URL(location, first.origin).pathname;
  // Each is ended over the manager that has not made it.
  expect(await call(first, 'DELETE', session(watched.location))).toMatchObject({ status: 204, ...SOON });
  expect(await call(second, 'DELETE', session(published.location))).toMatchObject({ status: 204, ...SOON });
}

/** How often each duty is held, as the managers say it. */
async function holders(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const manager of managers) {
    const { json } = await call(manager, 'GET', '/api/managers');
    const self = json.managers.find((view: { isSelf: boolean }) => view.isSelf);
    for (const duty of self?.duties ?? []) counts[duty] = (counts[duty] ?? 0) + 1;
  }
  return counts;
}

/** Each duty with one manager, which one it says itself. */
const ONCE = { alerts: 1, 'auto-record': 1, relays: 1, 'index-sync': 1, retention: 1 };
/** Kept reports take disk, not memory: what a busy process takes more than an idle one. */
const MORE_MB = 150;

it('shares the work while all is well', async () => {
  await poll(holders).toMatchObject(ONCE);
  nodes[0]?.publish('cam-1', { codecs: ['h264'], bitrateBps: 100_000 });
  await poll(() => recordings('cam-1')).toBe(1);
  await expectToServe('before');
});

it('shows the cluster, serves sessions and takes reports while PostgreSQL is stopped', async () => {
  const before = await Promise.all(managers.map(({ pid }) => residentMb(pid)));
  await postgres.freeze();
  try {
    for (const manager of managers) await poll(() => isUp(manager)).toBe(false);
    const acknowledged = loads.map((load) => load.acknowledged.size);
    await expectToServe('meanwhile');
    for (const [i, load] of loads.entries()) {
      await poll(() => load.acknowledged.size).toBeGreaterThan((acknowledged[i] ?? 0) + 20);
    }
    const after = await Promise.all(managers.map(({ pid }) => residentMb(pid)));
    for (const [i, mb] of after.entries()) expect(mb).toBeLessThan((before[i] ?? 0) + MORE_MB);
  } finally {
    await postgres.thaw();
  }
});

it('comes back by itself, each duty with one manager', async () => {
  for (const manager of managers) await poll(() => isUp(manager)).toBe(true);
  await poll(holders).toMatchObject(ONCE);
  expect(Object.values(await holders())).not.toContain(2);
  nodes[1]?.publish('cam-2', { codecs: ['h264'], bitrateBps: 100_000 });
  await poll(() => recordings('cam-2')).toBe(1);
  await expectToServe('after');
});

it('goes on when PostgreSQL is killed, and comes back too', async () => {
  for (let round = 0; round < 2; round += 1) {
    postgres.kill();
    await expectToServe(`killed-${round}`);
    for (const manager of managers) await poll(() => isUp(manager)).toBe(true);
  }
  await poll(holders).toMatchObject(ONCE);
  expect(Object.values(await holders())).not.toContain(2);
  nodes[0]?.publish('cam-3', { codecs: ['h264'], bitrateBps: 100_000 });
  await poll(() => recordings('cam-3')).toBe(1);
});

it('has lost and doubled nothing that it acknowledged, and begun no recording twice', async () => {
  await Promise.all(loads.map((load) => load.stop()));
  const waiting = async (manager: ManagerProcess) =>
    (await call(manager, 'GET', '/api/status')).json.journal.entryCount;
  for (const manager of managers) await poll(() => waiting(manager)).toBe(0);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ path: string; count: number }>(
    'select path, count(*)::int as count from segments group by path',
  );
  await client.end();
  const found = new Map(rows.map(({ count, path }) => [path, count]));
  const acknowledged = loads.flatMap((load) => [...load.acknowledged]);
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(acknowledged.filter((path) => found.get(path) !== 1)).toEqual([]);
  expect(rows.filter(({ count }) => count > 1)).toEqual([]);
  // Time for anybody to start a second one.
  await delay(1500);
  expect(['cam-1', 'cam-2', 'cam-3'].map(recordings)).toEqual([1, 1, 1]);
  for (const manager of managers) {
    expect(await manager.stop()).toBe(0);
    expect(manager.log()).not.toMatch(/unhandled|TypeError/i);
  }
});
