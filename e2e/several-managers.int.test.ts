import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { capturedOffer } from './support/captured-offer.ts';
import { type EventStream, followEvents } from './support/event-stream.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { createEmptyDatabase } from './support/test-database.ts';

/** Three managers as processes on one PostgreSQL, with 20 nodes. The tests build on each other. */

const NODES = 20;
const STREAM = 'cam';

interface View {
  host: string;
  isSelf: boolean;
  duties: string[];
  processId: number;
}

let url: string;
let database: pg.Client;
let webhook: Server;
const webhooks: string[] = [];
const nodes: FakeNode[] = [];
const managers: ManagerProcess[] = [];
const folders: string[] = [];

beforeAll(async () => {
  url = await createEmptyDatabase();
  database = new pg.Client({ connectionString: url });
  await database.connect();
  for (let i = 0; i < NODES; i += 1) {
    nodes.push(await createFakeNode({ generation: i % 2 === 0 ? 'head' : 'v0.9.0', alias: `edge-${i}` }));
  }
  webhook = createServer(async (request, reply) => {
    webhooks.push(await textOf(request));
    reply.end();
  });
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  for (let i = 0; i < 3; i += 1) await addManager();
});

afterAll(async () => {
  for (const manager of managers) await manager.kill();
  for (const folder of folders) await removeDataDir(folder);
  await Promise.all(nodes.map((node) => node.close()));
  webhook.close();
  await database.end();
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

async function addManager(): Promise<ManagerProcess> {
  const folder = await makeDataDir();
  folders.push(folder);
  const { port } = webhook.address() as AddressInfo;
  const config = [
    `[database]\nurl = "${url}"\nmax_connections = 4`,
    `[auto_record]\nenabled = true\nauto_streams = ["${STREAM}*"]\nbase_prefix = "rec"\ntick_ms = 300`,
    `[[alerts.webhooks]]\nurl = "http://127.0.0.1:${port}/"`,
    ...nodes.map((node, i) => `[[nodes]]\nalias = "edge-${i}"\nurl = "${node.url}"`),
  ].join('\n');
  await writeFile(join(folder, 'liveman.toml'), config);
  const manager = await startManager(folder, ['--config', join(folder, 'liveman.toml')]);
  managers.push(manager);
  return manager;
}

async function call(manager: ManagerProcess, method: string, path: string, body?: unknown) {
  const reply = await fetch(manager.origin + path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await reply.text();
  return { status: reply.status, json: text.startsWith('{') ? JSON.parse(text) : text };
}

const viewsOf = async (manager: ManagerProcess): Promise<View[]> =>
  (await call(manager, 'GET', '/api/managers')).json.managers;
const recordings = (node: FakeNode, stream: string) =>
  node.recordings.all().filter((row) => row.stream === stream);

/** The manager that has a duty, as the database says. */
async function holderOf(duty: string): Promise<ManagerProcess> {
  const { rows } = await database.query<{ process_id: number }>(
    'select process_id from managers m join duties d on d.session_id = m.session_id where duty = $1',
    [duty],
  );
  const holder = managers.find(({ pid }) => pid === rows[0]?.process_id);
  if (!holder) throw new Error(`nobody has ${duty}`);
  return holder;
}

function publishEverywhere(stream: string): void {
  for (const node of nodes) node.publish(stream, { codecs: ['h264', 'opus'], bitrateBps: 800_000 });
}

const isRecordedEverywhere = (stream: string) => () =>
  nodes.filter((node) => recordings(node, stream).some((row) => row.status === 'Active')).length;

const poll = (read: () => unknown, timeout = 30_000) => expect.poll(read, { timeout, interval: 100 });

it('shows each manager the others, and gives each duty to one', async () => {
  for (const manager of managers) {
    await poll(async () => (await viewsOf(manager)).length).toBe(3);
    const views = await viewsOf(manager);
    expect(views[0]).toMatchObject({ isSelf: true, processId: manager.pid });
    await poll(async () => (await viewsOf(manager)).flatMap((view) => view.duties).sort()).toEqual(
      expect.arrayContaining(['alerts', 'auto-record', 'index-sync', 'relays']),
    );
    const duties = (await viewsOf(manager)).flatMap((view) => view.duties);
    expect(new Set(duties).size).toBe(duties.length);
  }
});

it('starts one recording per stream and node', async () => {
  publishEverywhere('cam-1');
  await poll(isRecordedEverywhere('cam-1')).toBe(NODES);
  // Time for anybody else to start a second one.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(nodes.map((node) => recordings(node, 'cam-1').length)).toEqual(nodes.map(() => 1));
});

it('shows in the events of one manager within a second what another one changed', async () => {
  const [a, b] = managers as [ManagerProcess, ManagerProcess];
  const events = await followEvents(b.origin);
  const node = { alias: 'extra', url: 'http://127.0.0.1:9', mode: 'poll', site: '' };
  const addedMs: number[] = [];
  const removedMs: number[] = [];
  const coveredMs: number[] = [];
  // The best of some tries: a machine that is busy with other things says nothing about us.
  for (let i = 0; i < 5; i += 1) {
    const added = timed(events, 'nodes', (data) => hasChanged(data, 'extra'));
    expect((await call(a, 'POST', '/api/node-configs', node)).status).toBe(200);
    addedMs.push(await added());

    const removed = timed(events, 'nodes', (data) => isRemoved(data, 'extra'));
    expect((await call(a, 'DELETE', '/api/node-configs/extra')).status).toBe(200);
    removedMs.push(await removed());

    const stream = `live-${i}`;
    const covered = timed(events, 'coverage', (data) => JSON.stringify(data).includes(stream));
    const report = { node_alias: 'elsewhere', stream, segments: [segmentOf(stream)] };
    expect((await call(a, 'POST', '/api/segments/report', report)).status).toBe(200);
    coveredMs.push(await covered());
    if ([addedMs, removedMs, coveredMs].every((tries) => Math.min(...tries) < 1000)) break;
  }
  for (const tries of [addedMs, removedMs, coveredMs]) expect(Math.min(...tries)).toBeLessThan(1000);
  events.close();
});

/** Begins to wait for an event now; the answer gives the milliseconds from its call to the event. */
function timed(events: EventStream, name: string, isWanted: (data: unknown) => boolean) {
  let seenMs = Number.POSITIVE_INFINITY;
  events.clear();
  const seen = events.wait(name, isWanted).then(() => {
    seenMs = performance.now();
  });
  return async () => {
    const calledMs = performance.now();
    await seen;
    return seenMs - calledMs;
  };
}

function hasChanged(data: unknown, alias: string): boolean {
  return (data as { changed: { alias: string }[] }).changed.some((node) => node.alias === alias);
}

function isRemoved(data: unknown, alias: string): boolean {
  return (data as { removed: string[] }).removed.includes(alias);
}

function segmentOf(stream: string) {
  const start_ts = Date.now() * 1000 - 10_000_000;
  const path = `${stream}/${Math.floor(Date.now() / 1000)}/v_seg_0001.m4s`;
  return { start_ts, end_ts: start_ts + 2_000_000, duration_ms: 2000, path, is_keyframe: true };
}

it('shows the check of the index in the windows of all managers', async () => {
  const [a, b] = managers as [ManagerProcess, ManagerProcess];
  const events = await followEvents(b.origin);
  const reply = await call(a, 'POST', '/api/integrity/check', {});
  expect(reply.status).toBe(200);
  const { id } = reply.json as { id: string };
  const isOver = (data: unknown) => {
    const run = data as { id: string; state: string };
    return run.id === id && run.state === 'done';
  };
  await events.wait('integrity', isOver, 30_000);
  events.close();
});

it('raises one alert, tells it once, and takes note of it at any manager', async () => {
  const [a, b, c] = managers as [ManagerProcess, ManagerProcess, ManagerProcess];
  await nodes[3]?.setFault({ kind: 'refuse' });
  const list = async (manager: ManagerProcess) =>
    (await call(manager, 'GET', '/api/alerts?state=open&object=edge-3')).json.alerts;
  for (const manager of [a, b, c]) await poll(async () => (await list(manager)).length).toBe(1);
  const [alert] = await list(a);
  expect(await list(b)).toEqual([expect.objectContaining({ id: alert.id, kind: 'node-down' })]);
  const told = () => webhooks.filter((text) => text.includes('"edge-3"') && text.includes('"opened"'));
  await poll(() => told().length).toBe(1);
  const leader = await holderOf('alerts');
  const follower = managers.find((manager) => manager !== leader) ?? b;
  expect((await call(follower, 'POST', `/api/alerts/${alert.id}/acknowledge`)).status).toBe(200);
  for (const manager of [a, b, c]) {
    await poll(async () => (await list(manager))[0]?.acknowledgedAtMs).toBeGreaterThan(0);
  }
  await nodes[3]?.setFault(undefined);
  for (const manager of [a, b, c]) await poll(async () => (await list(manager)).length).toBe(0);
  const { rows } = await database.query(`select 1 from alerts where object_name = 'edge-3'`);
  expect(rows).toHaveLength(1);
  expect(told()).toHaveLength(1);
});

it('steers a session over another manager than the one that made it', async () => {
  const [a, , c] = managers as [ManagerProcess, ManagerProcess, ManagerProcess];
  const made = await fetch(`${a.origin}/whip/talk`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: capturedOffer('whip/cam1'),
  });
  expect(made.status).toBe(201);
  const session = new URL(made.headers.get('location') ?? '', a.origin).pathname;
  const patched = await fetch(c.origin + session, {
    method: 'PATCH',
    headers: { 'content-type': 'application/trickle-ice-sdpfrag' },
    body: 'a=mid:0\r\n',
  });
  expect(patched.status).toBeLessThan(300);
  expect((await fetch(c.origin + session, { method: 'DELETE' })).status).toBeLessThan(300);
  await poll(() => nodes.some((node) => node.streams.find('talk')?.publisher)).toBe(false);
});

it('takes over within 10 s when the one that records is killed', async () => {
  const holder = await holderOf('auto-record');
  const others = managers.filter((manager) => manager !== holder);
  const killedMs = performance.now();
  await holder.kill();
  managers.splice(managers.indexOf(holder), 1);
  publishEverywhere('cam-2');
  await poll(isRecordedEverywhere('cam-2')).toBe(NODES);
  expect(performance.now() - killedMs).toBeLessThan(10_000);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(nodes.map((node) => recordings(node, 'cam-2').length)).toEqual(nodes.map(() => 1));
  expect(nodes.map((node) => recordings(node, 'cam-1').length)).toEqual(nodes.map(() => 1));
  expect(others).toContain(await holderOf('auto-record'));
  for (const manager of others) await poll(async () => (await viewsOf(manager)).length).toBe(2);
});

it('takes over when the one that records hangs, which then works for itself no more', async () => {
  const holder = await holderOf('auto-record');
  const other = managers.find((manager) => manager !== holder) as ManagerProcess;
  process.kill(holder.pid, 'SIGSTOP');
  try {
    await poll(async () => (await holderOf('auto-record')).pid, 20_000).toBe(other.pid);
    publishEverywhere('cam-3');
    await poll(isRecordedEverywhere('cam-3')).toBe(NODES);
  } finally {
    process.kill(holder.pid, 'SIGCONT');
  }
  await poll(async () => (await viewsOf(holder)).length).toBe(2);
  // What it shows at first is from before it was stopped.
  await poll(async () => (await viewsOf(holder)).find(({ isSelf }) => isSelf)?.duties).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(nodes.map((node) => recordings(node, 'cam-3').length)).toEqual(nodes.map(() => 1));
});

it('hands its duties over at once when it ends in order', async () => {
  const holder = await holderOf('auto-record');
  const other = managers.find((manager) => manager !== holder) as ManagerProcess;
  expect(await holder.stop()).toBe(0);
  managers.splice(managers.indexOf(holder), 1);
  await poll(async () => (await holderOf('auto-record')).pid, 4000).toBe(other.pid);
  expect(holder.log() + other.log()).not.toMatch(/unhandled/i);
});
