import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Agent } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import { NodeObjectStore } from './node-object-store.ts';
import { ObjectMemory } from './object-memory.ts';

let root: string;
let node: FakeNode;
let agent: Agent;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'node-objects-'));
  node = await createFakeNode({ generation: 'head', storageRoot: root, tokens: ['t1'] });
  agent = new Agent();
});
afterEach(async () => {
  await agent.destroy();
  await node.close();
  await rm(root, { recursive: true, force: true });
});

function storeOf(token = 't1', memoryBytes = 4000) {
  return new NodeObjectStore({
    node: { alias: 'edge-1', url: node.url, token },
    dispatcher: agent,
    memory: new ObjectMemory(memoryBytes),
    nowMs: () => 5000,
  });
}

async function put(name: string, bytes: Buffer | string): Promise<void> {
  await mkdir(path.dirname(path.join(root, name)), { recursive: true });
  await writeFile(path.join(root, name), bytes);
}

it('reads ranges of objects that are kept and of such that are too large to be', async () => {
  const store = storeOf();
  for (const sizeBytes of [900, 200_000]) {
    const name = `cam s/1/${sizeBytes}.m4s`;
    const bytes = Buffer.from(Array.from({ length: sizeBytes }, (_, i) => i % 251));
    await put(name, bytes);
    expect(await store.stat(name)).toMatchObject({ sizeBytes });
    expect(await store.read(name, 800, 5000)).toEqual(bytes.subarray(800, 5800));
    const chunks = await store.stream(name, 100, 700).toArray();
    expect(Buffer.concat(chunks)).toEqual(bytes.subarray(100, 800));
    await expect(store.stream(name, sizeBytes - 10, 20).toArray()).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
  }
});

it('tells a missing object from a node that refuses or fails', async () => {
  const store = storeOf();
  expect(await store.stat('cam1/1/v_init.m4s')).toBeNull();
  await expect(store.read('cam1/1/v_init.m4s', 0, 1)).rejects.toMatchObject({ code: 'object_missing' });
  await put('cam1/1/v_init.m4s', 'init');
  await expect(storeOf('wrong').stat('cam1/1/v_init.m4s')).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: expect.stringMatching(/edge-1: it answers 401/),
  });
  await node.setFault({ kind: 'status500' });
  await expect(store.stat('cam1/1/v_init.m4s')).rejects.toMatchObject({ code: 'storage_unavailable' });
  await expect(store.read('../secret', 0, 1)).rejects.toMatchObject({ code: 'bad_request' });
});

it('lists by the manifest, the newest files as being written, and by names without one', async () => {
  const timeline = '<S t="0" d="9"/>'.repeat(5);
  await put(
    'cam1/1/manifest.mpd',
    `<MPD type="static"><Period><AdaptationSet contentType="video"><Representation><SegmentTemplate timescale="90000"
      initialization="v_init.m4s" media="v_seg_$Number%04d$.m4s" startNumber="1"><SegmentTimeline>${timeline}</SegmentTimeline>
      </SegmentTemplate></Representation></AdaptationSet></Period></MPD>`,
  );
  const names = async (dir: string) => {
    const found: string[] = [];
    for await (const { path: name, modifiedMs } of storeOf().list(`${dir}/`))
      found.push(`${name} ${modifiedMs}`);
    return found;
  };
  expect(await names('cam1/1')).toEqual([
    'cam1/1/manifest.mpd 0',
    'cam1/1/v_init.m4s 0',
    'cam1/1/v_seg_0001.m4s 0',
    'cam1/1/v_seg_0002.m4s 0',
    'cam1/1/v_seg_0003.m4s 5000',
    'cam1/1/v_seg_0004.m4s 5000',
    'cam1/1/v_seg_0005.m4s 5000',
  ]);
  for (const name of ['a_init', 'a_seg_0001', 'a_seg_0002']) await put(`cam2/1/${name}.m4s`, name);
  expect(await names('cam2/1')).toEqual(
    ['a_init', 'a_seg_0001', 'a_seg_0002'].map((n) => `cam2/1/${n}.m4s 0`),
  );
  expect(await names('cam3/1')).toEqual([]);
  // As a node that was killed while it wrote it leaves it.
  await put('cam4/1/manifest.mpd', '<MPD type="dynamic"><Period>');
  for (const name of ['v_init', 'v_seg_0001']) await put(`cam4/1/${name}.m4s`, name);
  expect(await names('cam4/1')).toEqual(['v_init', 'v_seg_0001'].map((n) => `cam4/1/${n}.m4s 0`));
});

/** Runs `use` with a store of a node that answers as `listener` does. */
async function withNode(
  listener: RequestListener,
  use: (store: NodeObjectStore) => Promise<void>,
): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const memory = new ObjectMemory(4000);
    const node = { alias: 'edge-1', url, token: '' };
    await use(new NodeObjectStore({ node, dispatcher: agent, memory, nowMs: () => 5000 }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const LARGE = 50_000;

it.each<[string, RequestListener, RegExp]>([
  [
    'resets the connection',
    (request) => request.socket.resetAndDestroy(),
    /cannot be read from the node edge-1/,
  ],
  ['forbids', (_, response) => response.writeHead(403).end('no'), /edge-1: it answers 403 no/],
  [
    'fails',
    (_, response) => response.writeHead(500).end('disk on fire'),
    /edge-1: it answers 500 disk on fire/,
  ],
  [
    'breaks off in mid object',
    (_, response) => {
      response.writeHead(200, { 'content-length': LARGE });
      response.write(Buffer.alloc(LARGE / 2), () => response.destroy());
    },
    /edge-1|stopped in mid object/,
  ],
])('of a node that %s every read is storage_unavailable, in words', async (_, listener, words) => {
  await withNode(listener, async (store) => {
    const failure = { code: 'storage_unavailable', message: expect.stringMatching(words) };
    await expect(store.read('cam1/1/v_seg_0001.m4s', 0, LARGE)).rejects.toMatchObject(failure);
    await expect(store.stream('cam1/1/v_seg_0001.m4s', 0, LARGE).toArray()).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
  });
});

it('waits for a slow node, and gives up when its caller does', async () => {
  const slow: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('half ');
    setTimeout(() => response.end('whole'), 300).unref();
  };
  await withNode(slow, async (store) => {
    expect((await store.read('cam1/1/v_init.m4s', 0, 10)).toString()).toBe('half whole');
    const abort = new AbortController();
    const reading = store.read('cam1/1/a_init.m4s', 0, 10, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await expect(reading).rejects.toThrow('enough');
  });
});

it('survives a large object of which only the size was asked', async () => {
  const large: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': 10_000_000 });
    response.write(Buffer.alloc(100_000));
  };
  await withNode(large, async (store) => {
    expect(await store.stat('cam1/1/manifest.mpd')).toMatchObject({ sizeBytes: 10_000_000 });
    expect(await store.stat('cam1/1/v_seg_0001.m4s')).toMatchObject({ sizeBytes: 10_000_000 });
  });
});
