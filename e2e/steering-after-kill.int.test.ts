import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { capturedOffer } from './support/captured-offer.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** What a manager that was killed did in the cluster is still known to the next one. */

const TOKEN = { authorization: 'Bearer of the operator' };
const MEDIA = { codecs: ['h264', 'opus'], bitrateBps: 800_000 };
const poll = (read: () => unknown) => expect.poll(read, { timeout: 30_000, interval: 100 });

let dataDir: string;
let manager: ManagerProcess;
let nodes: FakeNode[];

beforeEach(async () => {
  dataDir = await makeDataDir();
  nodes = [];
});
afterEach(async () => {
  await manager?.stop();
  await Promise.all(nodes.map((node) => node.close()));
  await removeDataDir(dataDir);
});

async function start(connectDelayMs: number): Promise<void> {
  const entries = ['[auth]', 'tokens = ["of the operator"]', '[cascade]', 'check_tick_time = 500'];
  for (const alias of ['a', 'b']) {
    const node = await createFakeNode({
      generation: 'head',
      connectDelayMs,
      tokens: [`token of ${alias}`],
      strategy: { each_stream_max_sub: 1 },
    });
    nodes.push(node);
    entries.push('[[nodes]]', `alias = "${alias}"`, `url = "${node.url}"`, `token = "token of ${alias}"`);
  }
  await writeFile(join(dataDir, 'liveman.toml'), entries.join('\n'));
  manager = await startManager(dataDir);
  await nodesUp();
}

async function nodesUp(): Promise<void> {
  await poll(
    async () => ((await (await ask('GET', '/api/status')).json()) as { nodesUp: number }).nodesUp,
  ).toBe(2);
}

async function killAndStartAgain(): Promise<void> {
  await manager.kill();
  manager = await startManager(dataDir);
}

function ask(method: string, path: string, body?: string, type = 'application/sdp'): Promise<Response> {
  const headers = body === undefined ? TOKEN : { ...TOKEN, 'content-type': type };
  return fetch(manager.origin + path, { method, headers, ...(body === undefined ? {} : { body }) });
}

it('finds the sessions of clients that came through the one before, at once', async () => {
  await start(0);
  const published = await ask('POST', '/whip/cam1', capturedOffer('whip/cam1'));
  const publisher = published.headers.get('location') ?? '';
  await poll(async () => (await ask('POST', '/whep/cam1', capturedOffer('whep/cam1'))).status).toBe(201);
  const played = nodes.flatMap((node) => node.streams.find('cam1')?.subscribers ?? [])[0];
  await killAndStartAgain();
  const patch = await ask('PATCH', publisher, 'a=ice-ufrag:x', 'application/trickle-ice-sdpfrag');
  expect(patch.status).toBe(204);
  expect((await ask('DELETE', `/session/cam1/${played?.id}`)).status).toBe(204);
  expect(played?.isOpen).toBe(false);
  expect((await ask('DELETE', publisher)).status).toBe(204);
  expect(nodes.some((node) => node.streams.find('cam1')?.publisher)).toBe(false);
}, 60_000);

it('takes back the relay that was just being made, and makes it anew for the next viewer', async () => {
  // Media arrive later than the manager lives.
  await start(4000);
  const [a, b] = nodes as [FakeNode, FakeNode];
  a.publish('cam1', MEDIA);
  a.viewers('cam1', 1);
  await poll(async () => (await ask('GET', '/api/streams/cam1')).json()).toMatchObject({ a: { id: 'cam1' } });
  const waiting = ask('POST', '/whep/cam1', capturedOffer('whep/cam1')).catch(() => null);
  await poll(() => b.streams.find('cam1')?.publisher?.state).toMatch(/new|connecting/);
  await killAndStartAgain();
  expect(await waiting).toBeNull();
  await nodesUp();
  await poll(() => b.streams.find('cam1')?.publisher ?? null).toBeNull();
  const cascades = async () =>
    ((await (await ask('GET', '/api/cascades')).json()) as { cascades: [] }).cascades;
  await poll(cascades).toEqual([]);
  await poll(async () => (await ask('POST', '/whep/cam1', capturedOffer('whep/cam1'))).status).toBe(201);
  expect(await cascades()).toMatchObject([{ source: 'a', target: 'b', stream: 'cam1' }]);
}, 90_000);
