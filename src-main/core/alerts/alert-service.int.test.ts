import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { AlertService } from './alert-service.ts';
import type { AlertFilter } from './alert-table.ts';

const ALL: AlertFilter = { state: 'all', limit: 100, offset: 0 };
const stream = (name: string) => ({ kind: 'stream', name }) as const;
/** A kind that is told at once. */
const KIND = 'recording-stalled';

let test: TestDatabase;
let closing: (() => Promise<unknown> | unknown)[];

beforeEach(async () => {
  test = await createTestDatabase();
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await test.close();
});

function start(database: Database = test.database): AlertService {
  const service = new AlertService({ database, clock: systemClock, logger: silentLogger });
  closing.push(() => service.close());
  return service;
}

const rows = async () =>
  (await test.database.pool.query('select id, text, count, closed_at from alerts order by opened_at')).rows;
const poll = (read: () => unknown) => expect.poll(read, { timeout: 20_000, interval: 100 });

it('writes one row for what is raised again and again, and closes it', async () => {
  const alerts = start();
  for (let i = 0; i < 5; i++) alerts.raise(KIND, stream('cam1'), 'No new segment.', { i });
  await poll(rows).toMatchObject([{ text: 'No new segment.', count: 1, closed_at: null }]);
  alerts.resolve(KIND, stream('cam1'));
  await poll(async () => (await rows())[0]?.closed_at).toBeInstanceOf(Date);
  expect((await alerts.list(ALL)).alerts).toMatchObject([
    { kind: KIND, object: stream('cam1'), details: { i: 0 } },
  ]);
});

it('raises by itself while the database is known to be away, although another manager has the duty', async () => {
  let isAway = false;
  const told: unknown[] = [];
  const alerts = new AlertService({
    database: test.database,
    clock: systemClock,
    logger: silentLogger,
    tellLeader: (...call) => told.push(call),
    isDatabaseAway: () => isAway,
  });
  closing.push(() => alerts.close());
  alerts.raise(KIND, stream('cam1'), 'No new segment.');
  expect(alerts.open()).toEqual([]);
  expect(told).toHaveLength(1);
  isAway = true;
  alerts.raise(KIND, stream('cam1'), 'No new segment.');
  expect(alerts.open()).toMatchObject([{ kind: KIND, object: stream('cam1') }]);
  isAway = false;
  await poll(rows).toMatchObject([{ text: 'No new segment.' }]);
});

it('lists open ones first, by filter and page', async () => {
  const alerts = start();
  for (const name of ['a', 'b', 'c']) alerts.raise('cascade-failed', stream(name), name);
  const [first] = alerts.open();
  await alerts.acknowledge(first!.id, 'op');
  alerts.raise(KIND, stream('b'), 'x');
  const page = await alerts.list(ALL);
  expect(page).toMatchObject({ totalCount: 4, openCount: 3, unacknowledgedCount: 3, isComplete: true });
  expect(page.alerts.at(-1)).toMatchObject({ id: first?.id, acknowledgedBy: 'op' });
  expect(await alerts.list({ ...ALL, objectName: 'b', limit: 1, offset: 1 })).toMatchObject({
    totalCount: 2,
  });
  expect((await alerts.list({ ...ALL, kind: 'cascade-failed', state: 'open' })).totalCount).toBe(2);
});

it('shares one row between two managers', async () => {
  const [one, two] = [start(), start()];
  one.raise(KIND, stream('cam1'), 'Seen by one.');
  await poll(async () => (await rows()).length).toBe(1);
  two.raise(KIND, stream('cam1'), 'Seen by two.');
  await poll(async () => (await rows()).map((row) => row.text)).toEqual(['Seen by two.']);
  expect(two.open()[0]?.id).toBe(one.open()[0]?.id);
});

it('keeps alerts while the database is away, and writes them when it is back', async () => {
  const proxy = new CuttableProxy(test.url);
  await proxy.listen();
  closing.push(() => proxy.stop());
  const database = await openDatabase({
    url: proxy.url,
    maxConnections: 2,
    connectTimeoutMs: 5000,
    logger: silentLogger,
    clock: systemClock,
  });
  closing.push(() => database.close());
  const alerts = start(database);
  await alerts.list(ALL);

  await proxy.stop();
  alerts.raise(KIND, stream('cam1'), 'No new segment.');
  const away = await alerts.list(ALL);
  expect(away).toMatchObject({ isComplete: false, openCount: 1, alerts: [{ object: stream('cam1') }] });
  expect(await alerts.acknowledge(away.alerts[0]!.id, 'op')).toMatchObject({ acknowledgedBy: 'op' });
  expect(await rows()).toEqual([]);

  await proxy.listen();
  await poll(async () => (await rows()).length).toBe(1);
  await poll(async () => (await alerts.list(ALL)).isComplete).toBe(true);
});

/** A way to the database that can be cut. */
class CuttableProxy {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(url: string) {
    this.#target = new URL(url);
  }

  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => {
      const upstream = connect(Number(this.#target.port), this.#target.hostname);
      for (const each of [socket, upstream]) {
        this.#sockets.add(each);
        each.on('error', () => {});
      }
      socket.pipe(upstream).pipe(socket);
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    if (server) await new Promise((resolve) => server.close(resolve));
  }
}
