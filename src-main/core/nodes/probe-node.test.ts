import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import { type FakeNodeOptions, GENERATIONS } from '../../demo/fake-node/node-options.ts';
import { systemClock } from '../base/clock.ts';
import { probeNode } from './probe-node.ts';

let closing: (() => Promise<unknown> | unknown)[];
beforeEach(() => {
  closing = [];
});
afterEach(async () => {
  for (const close of closing) await close();
});

async function start(options: Partial<FakeNodeOptions> = {}): Promise<FakeNode> {
  const node = await createFakeNode({ generation: 'head', ...options });
  closing.push(() => node.close());
  return node;
}

const test = (url: string, more: { token?: string; mode?: 'poll' | 'sse' } = {}) =>
  probeNode(
    { url, token: '', mode: 'poll', ...more },
    { clock: systemClock, signal: new AbortController().signal, timeoutMs: 700 },
  );

it.each(GENERATIONS)('says what a node of generation %s is', async (generation) => {
  const node = await start({ generation });
  node.publish('cam1', { codecs: ['h264'], bitrateBps: 1 });
  const result = await test(`${node.url}/`, { mode: 'sse' });
  expect(result).toMatchObject({ outcome: 'ok', remedy: null, url: node.url, generation, streamCount: 1 });
  expect(result.latencyMs).toBeLessThan(700);
  expect(Math.abs(result.clockOffsetMs ?? 9999)).toBeLessThanOrEqual((result.clockUncertaintyMs ?? 0) + 5);
});

it('tells a wrong token, a hanging node, a refused connection and a page apart', async () => {
  const node = await start({ tokens: ['right'] });
  expect(await test(node.url, { token: 'wrong' })).toMatchObject({
    outcome: 'unauthorized',
    generation: null,
  });
  expect(await test(node.url, { token: 'right' })).toMatchObject({ outcome: 'ok' });
  await node.setFault({ kind: 'hang' });
  expect(await test(node.url)).toMatchObject({
    outcome: 'timeout',
    remedy: expect.stringContaining('firewall'),
  });
  await node.setFault({ kind: 'refuse' });
  expect(await test(node.url)).toMatchObject({ outcome: 'refused', remedy: expect.stringContaining('7777') });
  await node.setFault({ kind: 'wrongJson' });
  expect(await test(node.url, { token: 'right' })).toMatchObject({ outcome: 'not-a-node' });
  await node.setFault({ kind: 'half' });
  expect(await test(node.url, { token: 'right' })).toMatchObject({ outcome: 'failed' });
});

it('says of another protocol and of a way elsewhere that they are no node', async () => {
  const shell = createTcpServer((socket) => {
    socket
      .on('error', () => {})
      .resume()
      .end('SSH-2.0-OpenSSH_9.2\r\n');
  });
  const gate = createServer((_, response) => response.writeHead(302, { location: 'https://x/' }).end());
  for (const [server, words] of [
    [shell, 'does not speak HTTP'],
    [gate, 'Enter that one, for example with https://'],
  ] as const) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    expect(await test(`http://127.0.0.1:${port}`)).toMatchObject({
      outcome: 'not-a-node',
      message: expect.stringContaining(words),
    });
  }
});

it('tells a page, TLS trouble, an unknown name and a bad URL apart', async () => {
  const server = createServer((_, response) => response.end('<html>hello</html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  expect(await test(`http://127.0.0.1:${port}`)).toMatchObject({ outcome: 'not-a-node' });
  expect(await test(`https://127.0.0.1:${port}`)).toMatchObject({ outcome: 'tls' });
  expect(await test('http://no-such-node.invalid:7777')).toMatchObject({ outcome: 'dns' });
  expect(await test('http://user:pw@host')).toMatchObject({ outcome: 'invalid-url', url: null });
});
