import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeNode, type FakeNode } from './fake-node.ts';
import { ManualClock } from './manual-clock.ts';
import type { FakeNodeOptions } from './node-options.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: FakeNodeOptions): Promise<FakeNode> {
  const node = await createFakeNode(options);
  cleanups.push(() => node.close());
  return node;
}

async function json(url: string, init?: RequestInit) {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(5000) });
  return JSON.parse(await response.text());
}

const status = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;
const postJson = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const camera = { codecs: ['h264', 'opus'], bitrateBps: 800_000 };

describe('authentication', () => {
  /** Secret `example-secret`, `{"id":"cam1","exp":4102444800,"mode":6}`. */
  const CAM1_TOKEN =
    'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6ImNhbTEiLCJleHAiOjQxMDI0NDQ4MDAsIm1vZGUiOjZ9' +
    '.tNtHLS5GPkOh_lKkjiz3M8wvULinWS6l8K2uiPbloS0';
  const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  it('is off without static tokens, even with a secret', async () => {
    const node = await start({ generation: 'head', secret: 'example-secret' });
    expect(await status(`${node.url}/api/streams/`)).toBe(200);
  });

  it('lets a token for one stream do what the table says and no more', async () => {
    const node = await start({ generation: 'head', tokens: ['node-token'], secret: 'example-secret' });
    node.publish('cam1', camera);
    expect(await status(`${node.url}/api/streams/cam1`, withToken(CAM1_TOKEN))).toBe(200);
    expect(await status(`${node.url}/api/record/cam1`, withToken(CAM1_TOKEN))).toBe(200);
    expect(await status(`${node.url}/api/streams/`, withToken(CAM1_TOKEN))).toBe(403);
    expect(await status(`${node.url}/api/streams/`, withToken('node-token'))).toBe(200);
    expect(await status(`${node.url}/api/streams/`, withToken(CAM1_TOKEN.slice(0, -2)))).toBe(401);
    expect(await status(`${node.url}/metrics`)).toBe(200);
  });

  it('drops the connection on an Authorization shorter than its scheme', async () => {
    const node = await start({ generation: 'v0.9.0', tokens: ['t'] });
    await expect(fetch(`${node.url}/api/streams/`, { headers: { authorization: 'Bear' } })).rejects.toThrow();
  });
});

describe('streams', () => {
  it('shows counters that grow, at HEAD', async () => {
    const clock = new ManualClock();
    const node = await start({ generation: 'head', clock });
    node.publish('cam1', camera);
    node.viewers('cam1', 3);
    await clock.advance(10_000);
    const stream = await json(`${node.url}/api/streams/cam1`);
    expect(stream.publish.sessions[0].stats.bytes).toBeGreaterThan(900_000);
    expect(stream.publish.sessions[0].stats.bitrate).toBeGreaterThan(700_000);
    expect(stream.subscribe.sessions).toHaveLength(3);
    node.viewers('cam1', 1);
    const sessions = (await json(`${node.url}/api/streams/cam1`)).subscribe.sessions;
    expect(sessions.filter((each: { state: string }) => each.state === 'closed')).toHaveLength(2);
    await clock.advance(32_000);
    expect((await json(`${node.url}/api/streams/cam1`)).subscribe.sessions).toHaveLength(1);
  });

  it('lists no closed sessions and no counters before HEAD', async () => {
    const node = await start({ generation: 'v0.9.0' });
    node.publish('cam1', camera);
    node.viewers('cam1', 2);
    node.viewers('cam1', 1);
    const stream = await json(`${node.url}/api/streams/cam1`);
    expect(Object.keys(stream)).toEqual(['id', 'createdAt', 'publish', 'subscribe', 'codecs']);
    expect(stream.subscribe.sessions).toHaveLength(1);
    expect(stream.publish.sessions[0].id).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['head', [404]],
    ['v0.9.0', [200]],
  ] as const)('reaps an empty stream after five seconds at HEAD only: %s', async (generation, [expected]) => {
    const clock = new ManualClock();
    const node = await start({ generation, clock });
    await fetch(`${node.url}/api/streams/made`, { method: 'POST' });
    await clock.advance(5000);
    expect(await status(`${node.url}/api/streams/made`)).toBe(200);
    await clock.advance(1000);
    expect(await status(`${node.url}/api/streams/made`)).toBe(expected);
  });

  it('deletes what nobody watches when told to, and keeps provisioned streams', async () => {
    const clock = new ManualClock();
    const strategy = { auto_delete_whep: 3000 };
    const node = await start({ generation: 'head', clock, strategy, provisioned: ['door'] });
    node.publish('cam1', camera);
    await clock.advance(10_000);
    expect((await json(`${node.url}/api/streams/`)).map((each: { id: string }) => each.id)).toEqual(['door']);
  });
});

describe('events', () => {
  async function listen(node: FakeNode, search = '') {
    const stop = new AbortController();
    cleanups.push(async () => stop.abort());
    const response = await fetch(`${node.url}/api/sse/streams${search}`, { signal: stop.signal });
    const heard: string[] = [];
    void (async () => {
      const decoder = new TextDecoder();
      for await (const part of response.body!) heard.push(decoder.decode(part));
    })().catch(() => {});
    return heard;
  }
  const messages = (heard: string[]) => heard.join('').split('\n\n').slice(0, -1);

  it('starts with a snapshot and repeats none at HEAD', async () => {
    const clock = new ManualClock();
    const node = await start({ generation: 'head', clock });
    const heard = await listen(node);
    await expect.poll(() => messages(heard)).toEqual(['data: []']);
    await clock.advance(8000);
    expect(messages(heard)).toEqual(['data: []']);
    await clock.advance(8000);
    await expect.poll(() => messages(heard)).toEqual(['data: []', ':']);
    node.publish('b', camera);
    node.publish('a', camera);
    await expect.poll(() => messages(heard).length).toBe(3);
    const last = JSON.parse(messages(heard)[2]!.slice('data: '.length));
    expect(last.map((each: { id: string }) => each.id)).toEqual(['a', 'b']);
    await clock.advance(2000);
    await expect.poll(() => messages(heard).length).toBe(4);
  });

  it('says nothing on connect and one message per event before HEAD', async () => {
    const node = await start({ generation: 'v0.9.0' });
    const heard = await listen(node, '?streams=cam1');
    node.publish('other', camera);
    node.publish('cam1', camera);
    await expect.poll(() => messages(heard).length).toBe(2);
    for (const message of messages(heard)) {
      const streams = JSON.parse(message.slice('data: '.length));
      expect(streams.map((each: { id: string }) => each.id)).toEqual(['cam1']);
    }
  });

  it('ends the response when the node closes', async () => {
    const node = await createFakeNode({ generation: 'head' });
    const response = await fetch(`${node.url}/api/sse/streams`);
    const ended = response.text().catch(() => 'cut');
    await node.close();
    await ended;
  });
});

describe('recording', () => {
  it('hangs while the stream has no tracks, and every other record call with it', async () => {
    const node = await start({ generation: 'head', strategy: { auto_delete_whep: -1 } });
    await fetch(`${node.url}/api/streams/idle`, { method: 'POST' });
    const giveUp = new AbortController();
    const started = fetch(`${node.url}/api/record/idle`, { ...postJson({}), signal: giveUp.signal });
    started.catch(() => {});
    const isBlocked = () =>
      fetch(`${node.url}/api/record/other`, { signal: AbortSignal.timeout(100) }).then(
        () => false,
        () => true,
      );
    await expect.poll(isBlocked, { timeout: 5000 }).toBe(true);
    giveUp.abort();
    await expect(started).rejects.toThrow();
    expect(await json(`${node.url}/api/record/other`)).toEqual({ recording: false });
  });

  it('follows base_dir and takes the record id from it', async () => {
    const node = await start({ generation: 'head' });
    node.publish('cam1', camera);
    const body = { base_dir: 'archive/cam1/1786500000' };
    const first = await json(`${node.url}/api/record/cam1`, postJson(body));
    expect(first).toEqual({
      id: 'cam1',
      record_id: '1786500000',
      record_dir: 'archive/cam1/1786500000',
      mpd_path: 'archive/cam1/1786500000/manifest.mpd',
    });
    expect(await json(`${node.url}/api/record/cam1`, postJson({}))).toEqual(first);
  });

  it('lists a recording once as active and once as completed', async () => {
    const node = await start({ generation: 'v0.9.0' });
    node.publish('cam1', camera);
    await fetch(`${node.url}/api/record/cam1`, postJson({}));
    const active = await json(`${node.url}/api/recordings?limit=0`);
    expect(active.sessions).toMatchObject([{ stream: 'cam1', status: 'Active', end_ts: null }]);
    await fetch(`${node.url}/api/record/cam1`, { method: 'DELETE' });
    const later = await json(`${node.url}/api/recordings?limit=5&since_ts=${active.last_ts}`);
    expect(later.sessions).toMatchObject([{ stream: 'cam1', status: 'Completed' }]);
    const nothing = await json(`${node.url}/api/recordings?limit=5&since_ts=${later.last_ts}`);
    expect(nothing).toEqual({ sessions: [], last_ts: null });
  });

  it('answers in the shape of its generation', async () => {
    const daily = await start({
      generation: 'daily',
      clock: new ManualClock(Date.parse('2025-10-12T23:00:00Z')),
    });
    daily.publish('cam1', camera);
    const reply = await json(`${daily.url}/api/record/cam1`, postJson({}));
    expect(reply).toEqual({ id: 'cam1', mpd_path: 'cam1/2025/10/12/manifest.mpd' });
    expect(await status(`${daily.url}/api/recordings?limit=1`)).toBe(404);
    for (const [generation, expected] of [
      ['daily', 500],
      ['v0.9.0', 501],
      ['head', 501],
    ] as const) {
      const node = await start({ generation, hasRecorder: false });
      expect(await status(`${node.url}/api/record/cam1`)).toBe(expected);
    }
  });
});

describe('old segment interfaces', () => {
  it('pull answers inclusively, without a token and without a stream name', async () => {
    const node = await start({ generation: 'pull', alias: 'edge-a', tokens: ['t'] });
    for (let i = 0; i < 3; i++) {
      const path = `cam1/2025/08/04/seg_000${i + 1}.m4s`;
      await node.finishSegment('cam1', { startUs: i * 10e6, endUs: (i + 1) * 10e6, path, isKeyFrame: true });
    }
    const page = await json(`${node.url}/api/segments/pull?since_ts=10000000&limit=1`);
    expect(page).toEqual({
      node_alias: 'edge-a',
      stream: '',
      segments: [
        {
          start_ts: 10_000_000,
          end_ts: 20_000_000,
          duration_ms: 10_000,
          path: 'cam1/2025/08/04/seg_0002.m4s',
          is_keyframe: true,
        },
      ],
      last_ts: 20_000_000,
      total_count: 1,
      has_more: true,
    });
  });
});

describe('cascade', () => {
  it('pushes to another node with the token as it is, and hangs up there at the end', async () => {
    const source = await start({ generation: 'head', connectDelayMs: 0 });
    const target = await start({ generation: 'v0.9.0', connectDelayMs: 0, tokens: ['secret-b'] });
    source.publish('cam1', camera);
    const push = (token: string | null) =>
      fetch(`${source.url}/api/cascade/cam1`, postJson({ targetUrl: `${target.url}/whip/cam1`, token }));
    expect((await push('secret-b')).status).toBe(500);
    expect((await push('Bearer secret-b')).status).toBe(200);
    expect(target.streams.find('cam1')?.publisher).toBeDefined();
    const [session] = (await json(`${source.url}/api/streams/cam1`)).subscribe.sessions;
    expect(session.cascade.targetUrl).toBe(`${target.url}/whip/cam1`);
    await fetch(`${source.url}/session/cam1/${session.id}`, { method: 'DELETE' });
    await expect.poll(() => target.streams.find('cam1')).toBeUndefined();
  });
});

describe('uploads', () => {
  it('asks for a place, puts the file there and deletes its own', async () => {
    const storageRoot = await mkdtemp(join(tmpdir(), 'upload-'));
    cleanups.push(() => rm(storageRoot, { recursive: true, force: true }));
    await writeFile(join(storageRoot, 'a.m4s'), 'media');
    const seen: string[] = [];
    const manager = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      seen.push(
        `${request.method} ${request.url} ${request.headers.authorization ?? '-'} ${Buffer.concat(parts)}`,
      );
      const url = `http://${request.headers.host}/bucket/a.m4s`;
      response.end(request.method === 'POST' ? JSON.stringify({ url, headers: { host: 'x' } }) : 'ok');
    });
    await new Promise<void>((resolve) => manager.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => manager.close(resolve)));
    const url = `http://127.0.0.1:${(manager.address() as AddressInfo).port}`;
    const node = await start({
      generation: 'head',
      storageRoot,
      upload: { url, token: 'up', intervalMs: 500 },
    });
    node.queueUpload('a.m4s');
    await expect.poll(() => readdir(storageRoot), { timeout: 5000 }).toEqual([]);
    expect(seen).toEqual([
      'GET /api/storage/ping Bearer up ',
      'POST /api/storage/presign Bearer up {"method":"PUT","path":"a.m4s","ttl_seconds":300}',
      'PUT /bucket/a.m4s - media',
    ]);
  });
});

describe('faults', () => {
  it('refuses connections and comes back on the same port', async () => {
    const node = await start({ generation: 'head' });
    await node.setFault({ kind: 'refuse' });
    await expect(fetch(`${node.url}/metrics`)).rejects.toThrow();
    await node.setFault(undefined);
    expect(await status(`${node.url}/metrics`)).toBe(200);
  });

  it('hangs, is late, fails, lies and forgets its tokens', async () => {
    const node = await start({ generation: 'head' });
    const url = `${node.url}/api/streams/`;
    await node.setFault({ kind: 'hang' });
    await expect(fetch(url, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/i);
    await node.setFault({ kind: 'slow', delayMs: 60 });
    const before = performance.now();
    expect(await status(url)).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(50);
    await node.setFault({ kind: 'status500' });
    expect(await status(url)).toBe(500);
    await node.setFault({ kind: 'unauthorized' });
    expect(await status(url)).toBe(401);
    await node.setFault({ kind: 'wrongJson' });
    expect(await json(url)).toEqual({ unexpected: 'shape' });
  });

  it('drops the connection in the middle of a body', async () => {
    const node = await start({ generation: 'head' });
    await node.setFault({ kind: 'half' });
    const { hostname, port } = new URL(node.url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /api/strategy/ HTTP/1.1\r\nHost: x\r\n\r\n');
    const parts: Buffer[] = [];
    for await (const part of socket) parts.push(part);
    const [head = '', body = ''] = Buffer.concat(parts).toString().split('\r\n\r\n');
    const promised = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    expect(body.length).toBeGreaterThan(0);
    expect(body.length).toBeLessThan(promised);
  });
});
