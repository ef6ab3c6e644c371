import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { WebhookOutbox } from './webhook-outbox.ts';

/** Outboxes of several managers on one database, with a receiver that takes messages or does not. */

let test: TestDatabase;
let receiver: Server;
let isTaking: boolean;
let taken: { id: string; event: string; alert: Alert }[];
let outboxes: WebhookOutbox[];

beforeEach(async () => {
  test = await createTestDatabase();
  isTaking = false;
  taken = [];
  outboxes = [];
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (isTaking) taken.push(JSON.parse(body));
    response.writeHead(isTaking ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const outbox of outboxes) await outbox.close();
  receiver.close();
  await test.close();
});

function open({ isOthers = false, path = '/hook' } = {}): WebhookOutbox {
  const { port } = receiver.address() as AddressInfo;
  const outbox = new WebhookOutbox({
    webhooks: [{ url: `http://127.0.0.1:${port}${path}`, secret: '', kinds: [] }],
    clock: systemClock,
    logger: silentLogger,
    retryPausesMs: Array.from({ length: 1000 }, () => 50),
    storeWaitMs: 60_000,
    isOthers: () => isOthers,
    onUnwritten: () => {},
  });
  outboxes.push(outbox);
  return outbox;
}

const alert = (id: string) => ({ id, kind: 'node-down', object: { kind: 'node', name: id } }) as Alert;
const raise = (outbox: WebhookOutbox, id: string) => outbox.add({ event: 'opened', alert: alert(id) });
const write = async (outbox: WebhookOutbox, joined: string[] = []) =>
  (await outbox.write(test.database, new Set(joined)))();
const stored = async () =>
  (await test.database.pool.query('select id, alert from webhook_messages order by sequence')).rows;
const poll = (read: () => unknown) => expect.poll(read, { timeout: 20_000, interval: 50 });

it('tells what an earlier one left before its own, in order and with the same ids', async () => {
  const earlier = open();
  for (const id of ['a', 'b', 'c']) raise(earlier, id);
  await write(earlier);
  const left = await stored();
  await earlier.close();

  const later = open();
  raise(later, 'd');
  later.load();
  isTaking = true;
  await write(later);
  await poll(() => taken.map((message) => message.alert.id)).toEqual(['a', 'b', 'c', 'd']);
  expect(taken.slice(0, 3).map(({ id }) => id)).toEqual(left.map(({ id }) => id));
  later.load();
  await write(later);
  expect(await stored()).toEqual([]);
  expect(taken).toHaveLength(4);
});

it('leaves to the one that leads what is in the database', async () => {
  const follower = open({ isOthers: true });
  isTaking = true;
  raise(follower, 'a');
  await write(follower);
  expect(await stored()).toHaveLength(1);
  const leader = open();
  leader.load();
  await write(leader);
  await poll(() => taken.length).toBe(1);
  // Time for the other one to tell it, too.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(taken).toHaveLength(1);
});

it('does not tell what another manager had told of before', async () => {
  const outbox = open();
  isTaking = true;
  raise(outbox, 'a');
  raise(outbox, 'b');
  await write(outbox, ['a']);
  await poll(() => taken.map((message) => message.alert.id)).toEqual(['b']);
});

it('forgets what is a day old, and what is for webhooks that are not there any more', async () => {
  const other = open({ path: '/other' });
  raise(other, 'a');
  await write(other);
  const outbox = open();
  raise(outbox, 'b');
  await write(outbox);
  await test.database.pool.query(
    `update webhook_messages set created_at = now() - interval '25 hours' where alert ->> 'id' = 'b'`,
  );
  const next = open();
  raise(next, 'c');
  next.load();
  await write(next);
  expect((await stored()).map((row) => row.alert.id)).toEqual(['c']);
});
