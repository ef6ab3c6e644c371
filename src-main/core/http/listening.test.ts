import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { openEndpoint } from './listening.ts';

const HOST = '127.0.0.1';
const alone = { tls: null, alerts: { raise: () => {}, resolve: () => {} } };

async function listener() {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, HOST);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

it('waits for a port that an outgoing connection of another program holds', async () => {
  const far = await listener();
  const { server, port } = await listener();
  server.close();
  await once(server, 'close');
  const holder = connect({ host: HOST, port: far.port, localAddress: HOST, localPort: port });
  await once(holder, 'connect');
  const opening = openEndpoint(Fastify(), { host: HOST, port }, alone);
  await delay(500);
  holder.resetAndDestroy();
  const endpoint = await opening;
  expect(endpoint.url).toBe(`http://${HOST}:${port}`);
  await endpoint.close();
  far.server.close();
});

it('says at once that another program serves the port', async () => {
  const { server, port } = await listener();
  const startedMs = performance.now();
  await expect(openEndpoint(Fastify(), { host: HOST, port }, alone)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(`The address ${HOST}:${port} is taken.`),
  });
  expect(performance.now() - startedMs).toBeLessThan(5000);
  server.close();
});
