import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { systemClock } from '../base/clock.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { unreadableSecret } from '../config/secret-references.ts';
import { WebhookOutbox } from './webhook-outbox.ts';
import type { Webhook } from './webhook-queue.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly path: string;
}

let server: Server;
let received: Received[];
let statuses: number[];
let logged: string[];
let outbox: WebhookOutbox;

beforeEach(async () => {
  received = [];
  statuses = [];
  logged = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body, path: request.url ?? '' });
      const status = statuses.shift() ?? 200;
      if (status === 0) request.socket.destroy();
      else response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await outbox.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function start(hook: Partial<Webhook> = {}): string {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0-secret-path`;
  const warn = (fields: object, message: string) => logged.push(JSON.stringify(fields) + message);
  const logger: Logger = { ...silentLogger, warn };
  outbox = new WebhookOutbox({
    webhooks: [{ url, secret: 'key', kinds: [], ...hook }],
    clock: systemClock,
    logger,
    retryPausesMs: [5, 5, 5],
    storeWaitMs: 0,
    isOthers: () => false,
    onUnwritten: () => {},
  });
  return url;
}

const alert = (name: string, kind: Alert['kind'] = 'node-down'): Alert => ({
  id: 'a-1',
  kind,
  object: { kind: 'node', name },
  severity: 'critical',
  text: 'Down.',
  openedAtMs: 1,
  lastAtMs: 1,
  count: 1,
  closedAtMs: null,
  acknowledgedAtMs: null,
  acknowledgedBy: null,
  details: {},
  note: '',
});

it('posts what opens and closes, signed', async () => {
  start();
  outbox.add({ event: 'opened', alert: alert('edge') });
  outbox.add({ event: 'changed', alert: alert('edge') });
  outbox.add({ event: 'closed', alert: alert('edge') });
  await expect.poll(() => received.length).toBe(2);
  const [first, second] = received;
  expect(JSON.parse(first!.body)).toMatchObject({ event: 'opened', alert: { object: { name: 'edge' } } });
  expect(JSON.parse(second!.body)).toMatchObject({ event: 'closed' });
  const stamp = first!.headers['x-liveman-timestamp'];
  const expected = createHmac('sha256', 'key').update(`${stamp}.${first!.body}`).digest('hex');
  expect(first!.headers['x-liveman-signature']).toBe(`sha256=${expected}`);
});

it('tries again with the same id, in order, and gives up after the third repeat', async () => {
  start();
  statuses = [500, 0, 200, 500, 500, 500, 500];
  for (const name of ['one', 'two', 'three']) outbox.add({ event: 'opened', alert: alert(name) });
  await expect.poll(() => received.length, { timeout: 5000 }).toBe(8);
  const names = received.map(({ body }) => JSON.parse(body).alert.object.name);
  expect(names).toEqual(['one', 'one', 'one', 'two', 'two', 'two', 'two', 'three']);
  expect(new Set(received.slice(0, 3).map(({ body }) => JSON.parse(body).id)).size).toBe(1);
});

it('never logs the path or the secret', async () => {
  start();
  statuses = [500, 500, 500, 500];
  outbox.add({ event: 'opened', alert: alert('edge') });
  await expect.poll(() => logged.length, { timeout: 5000 }).toBe(4);
  expect(logged.join()).toContain('It answers 500.');
  expect(logged.join()).not.toMatch(/secret-path|"key"/);
});

it('sends only the kinds asked for, and no signature without a secret', async () => {
  start({ kinds: ['clock-skew'], secret: '' });
  outbox.add({ event: 'opened', alert: alert('edge') });
  outbox.add({ event: 'opened', alert: alert('edge', 'clock-skew') });
  await expect.poll(() => received.length).toBe(1);
  expect(JSON.parse(received[0]!.body).alert.kind).toBe('clock-skew');
  expect(received[0]!.headers['x-liveman-signature']).toBeUndefined();
});

it('keeps messages while its secret cannot be read, and sends them with the one that is read later', async () => {
  const named = { kind: 'keychain', name: 'hook', reason: 'The keychain is locked.' } as const;
  const url = start({ secret: unreadableSecret(named) });
  for (const name of ['one', 'two']) outbox.add({ event: 'opened', alert: alert(name) });
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(received).toEqual([]);
  outbox.use([{ url, secret: 'late-key', kinds: [] }]);
  await expect.poll(() => received.length).toBe(2);
  expect(received.map(({ body }) => JSON.parse(body).alert.object.name)).toEqual(['one', 'two']);
  outbox.use([{ url, secret: 'other-key', kinds: [] }]);
  outbox.add({ event: 'opened', alert: alert('three') });
  await expect.poll(() => received.length, { timeout: 5000 }).toBe(3);
  for (const [index, key] of ['late-key', 'late-key', 'other-key'].entries()) {
    const { body, headers } = received[index]!;
    const signed = createHmac('sha256', key)
      .update(`${headers['x-liveman-timestamp']}.${body}`)
      .digest('hex');
    expect(headers['x-liveman-signature']).toBe(`sha256=${signed}`);
  }
});

it('has no place to name while its URL cannot be read', async () => {
  const named = { kind: 'keychain', name: 'hook-url', reason: 'locked' } as const;
  start({ url: unreadableSecret(named), kinds: ['no-such-kind'] });
  expect(logged.join()).toContain('keychain:hook-url');
});
