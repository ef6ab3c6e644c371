import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import type { Alert } from '../src-shared/model/alert.ts';
import { CuttableProxy } from './support/cuttable-proxy.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { createEmptyDatabase } from './support/test-database.ts';

/** What a manager that was killed had still to tell webhooks. The tests build on each other. */

interface Told {
  readonly id: string;
  readonly event: string;
  readonly node: string;
  readonly isTaken: boolean;
}

let database: pg.Client;
let proxy: CuttableProxy;
let receiver: Server;
let isTaking = false;
const told: Told[] = [];
const nodes: FakeNode[] = [];
const folders: string[] = [];
let manager: ManagerProcess;

const poll = (read: () => unknown) => expect.poll(read, { timeout: 45_000, interval: 100 });

beforeAll(async () => {
  const url = await createEmptyDatabase();
  database = new pg.Client({ connectionString: url });
  await database.connect();
  proxy = new CuttableProxy(url);
  await proxy.listen();
  for (const alias of ['a', 'b', 'c']) nodes.push(await createFakeNode({ generation: 'head', alias }));
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { alert, event, id } = JSON.parse(body) as { id: string; event: string; alert: Alert };
    told.push({ id, event, node: alert.object.name, isTaken: isTaking });
    response.writeHead(isTaking ? 204 : 503).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  manager = await start();
});

afterAll(async () => {
  await manager?.kill();
  for (const folder of folders) await removeDataDir(folder);
  await Promise.all(nodes.map((node) => node.close()));
  receiver.close();
  await proxy.cut();
  await database.end();
});

/** A manager in a folder of its own, as on another computer. */
async function start({ hasHook = true } = {}): Promise<ManagerProcess> {
  const folder = await makeDataDir();
  folders.push(folder);
  const { port } = receiver.address() as AddressInfo;
  const hook = `[[alerts.webhooks]]\nurl = "http://127.0.0.1:${port}/secret"\nkinds = ["node-down"]`;
  const config = [
    `[database]\nurl = "${proxy.url}"\nmax_connections = 4`,
    ...(hasHook ? [hook] : []),
    ...nodes.map((node, i) => `[[nodes]]\nalias = "${'abc'[i]}"\nurl = "${node.url}"`),
  ];
  await writeFile(join(folder, 'liveman.toml'), config.join('\n'));
  return startManager(folder, ['--config', join(folder, 'liveman.toml')]);
}

const waiting = async () =>
  (await database.query('select id, hook, event from webhook_messages order by sequence')).rows;
const taken = () => told.filter(({ isTaken }) => isTaken);

async function fails(index: number, doesFail: boolean): Promise<void> {
  await nodes[index]?.setFault(doesFail ? { kind: 'refuse' } : undefined);
}

it('tells them by the next manager, in order, once and with the same ids', { timeout: 150_000 }, async () => {
  await poll(
    async () => (await (await fetch(`${manager.origin}/api/status`)).json()) as unknown,
  ).toMatchObject({ nodesUp: 3 });
  await fails(0, true);
  await poll(async () => (await waiting()).length).toBe(1);
  await poll(() => told.length).toBeGreaterThan(0);
  await fails(1, true);
  await poll(async () => (await waiting()).length).toBe(2);
  const left = await waiting();
  expect(JSON.stringify(left)).not.toContain('secret');
  await manager.kill();

  isTaking = true;
  manager = await start();
  await poll(async () => (await waiting()).length).toBe(0);
  expect(taken()).toMatchObject([
    { node: 'a', event: 'opened', id: left[0].id },
    { node: 'b', event: 'opened', id: left[1].id },
  ]);
  expect(told[0]?.id).toBe(left[0].id);
});

it('tells them from memory while the database is away, and not again afterwards', {
  timeout: 200_000,
}, async () => {
  const before = taken().length;
  await proxy.cut();
  await fails(2, true);
  await poll(() =>
    taken()
      .slice(before)
      .map(({ node }) => node),
  ).toEqual(['c']);
  await proxy.listen();
  await poll(
    async () => (await database.query(`select 1 from alerts where object_name = 'c'`)).rowCount,
  ).toBe(1);
  isTaking = false;
  await fails(0, false);
  await poll(async () => (await waiting()).map(({ event }) => event)).toEqual(['closed']);
  expect(
    taken()
      .slice(before)
      .map(({ node }) => node),
  ).toEqual(['c']);
});

it('forgets those for a webhook that was taken out of the settings', { timeout: 120_000 }, async () => {
  expect(await waiting()).toHaveLength(1);
  await manager.kill();
  manager = await start({ hasHook: false });
  await poll(async () => (await waiting()).length).toBe(0);
});
