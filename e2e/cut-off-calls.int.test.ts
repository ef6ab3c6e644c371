import { connect, type Socket } from 'node:net';
import { beforeAll, expect, it } from 'vitest';
import { httpRoutes } from '../src-shared/contract/http-routes.ts';
import type { RouteSpec } from '../src-shared/contract/route.ts';
import { ask, baseUrl, loggedErrors, setUpAccessBench, startManager } from './support/access-bench.ts';

/** Callers that go away, or send too much, at every route: an error in a listener would end the whole manager. */

setUpAccessBench();

const TOKEN = 'a token for all of this file';
const routes: RouteSpec[] = Object.values(httpRoutes);

beforeAll(() => startManager(`[auth]\ntokens = ["${TOKEN}"]`));

const pathOf = ({ path }: RouteSpec) => path.replaceAll(/\{(\w+)\}/g, 'some-$1').replaceAll('*', 'a/b');

/** Sends a head and, piece by piece, a body. */
async function open(route: RouteSpec, lengthBytes: number): Promise<Socket> {
  const { hostname, port, host } = new URL(baseUrl());
  const socket = connect(Number(port), hostname);
  // The manager may hang up first.
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(
    [
      `${route.method} ${pathOf(route)} HTTP/1.1`,
      `host: ${host}`,
      `authorization: Bearer ${TOKEN}`,
      'content-type: application/json',
      `content-length: ${lengthBytes}`,
      '\r\n',
    ].join('\r\n'),
  );
  return socket;
}

const until = (socket: Socket, event: 'data' | 'close') =>
  new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    socket.once(event, () => resolve());
    socket.once('close', () => resolve());
  });

it('survives bodies that are too large', async () => {
  for (const route of routes.filter(({ method }) => method !== 'GET')) {
    const socket = await open(route, 50_000_000);
    socket.write(Buffer.alloc(1_000_000));
    await until(socket, 'data');
    socket.resetAndDestroy();
  }
  expect((await ask('GET', '/healthz')).status).toBe(200);
  expect(loggedErrors).toEqual([]);
});

it('survives callers that are gone before their request is whole, and before their reply', async () => {
  for (const route of routes) {
    const half = await open(route, 1000);
    half.write('{"a":');
    half.resetAndDestroy();
    const whole = await open(route, 2);
    whole.write('{}');
    whole.resetAndDestroy();
  }
  expect((await ask('GET', '/healthz')).status).toBe(200);
  expect(loggedErrors).toEqual([]);
});

it('tells of such calls in the audit log, and from where they came', async () => {
  const read = async () => (await ask('GET', '/api/audit?limit=1000', { token: TOKEN })).json.entries;
  const isTooLarge = (entry: { status: number }) => entry.status === 413;
  await expect.poll(async () => (await read()).some(isTooLarge), { timeout: 10_000 }).toBe(true);
  expect((await read()).find(isTooLarge)).toMatchObject({ address: '127.0.0.1' });
});
