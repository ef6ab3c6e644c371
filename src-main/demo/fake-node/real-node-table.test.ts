import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import type { Stream } from '../../../src-shared/model/node-json.ts';
import { createFakeNode, type FakeNode } from './fake-node.ts';
import { ManualClock } from './manual-clock.ts';
import type { FakeNodeOptions } from './node-options.ts';

/**
 * What was seen with real nodes of today's two versions, row by row: the simulated node has to behave like each of
 * them, as the manager is tested against it.
 */

const CAMERA = { codecs: ['h264', 'opus'], bitrateBps: 800_000 };
const VERSIONS = ['head', 'v0.9.0'] as const;

let clock: ManualClock;
let cleanups: (() => Promise<unknown>)[];
beforeEach(() => {
  clock = new ManualClock();
  cleanups = [];
});
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function start(options: Omit<FakeNodeOptions, 'clock'>): Promise<FakeNode> {
  const node = await createFakeNode({ connectDelayMs: 0, ...options, clock });
  cleanups.push(() => node.close());
  return node;
}

const send = (url: string, body: string, type = 'application/sdp') =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
const publish = (node: FakeNode, stream: string) =>
  send(`${node.url}/whip/${encodeURIComponent(stream)}`, capturedOffer('whip/cam1'));
const postJson = (url: string, body: unknown) => send(url, JSON.stringify(body), 'application/json');
const json = async <T = unknown>(url: string) => (await (await fetch(url)).json()) as T;
const rowsOf = async (node: FakeNode) =>
  (await json<{ sessions: object[] }>(`${node.url}/api/recordings?limit=5`)).sessions;
const streamOf = (node: FakeNode, stream: string) => json<Stream>(`${node.url}/api/streams/${stream}`);
const pass = async (durationMs: number) => {
  for (let done = 0; done < durationMs; done += 1000) await clock.advance(1000);
};
const payloadsOf = (sdp: string, kind: string) =>
  new RegExp(`^m=${kind} \\d+ \\S+ (.*)$`, 'm').exec(sdp.replaceAll('\r', ''))?.[1]?.split(' ') ?? [];

describe('the order of codecs in an answer', () => {
  it('is its own at head, G.711 first', async () => {
    const answer = await (await publish(await start({ generation: 'head' }), 'cam1')).text();
    expect(payloadsOf(answer, 'audio').slice(0, 4)).toEqual(['8', '0', '9', '111']);
  });

  it('is that of the offer at v0.9.0', async () => {
    const offered = payloadsOf(capturedOffer('whip/cam1'), 'audio');
    const answer = await (await publish(await start({ generation: 'v0.9.0' }), 'cam1')).text();
    const answered = payloadsOf(answer, 'audio');
    expect(answered).toEqual(offered.filter((payload) => answered.includes(payload)));
    expect(answered[0]).toBe('111');
  });
});

describe('a publisher that vanishes', () => {
  it('is disconnected for good at head, and holds its place', async () => {
    const node = await start({ generation: 'head' });
    node.publish('cam1', CAMERA);
    await pass(4000);
    node.unpublish('cam1', { isClean: false });
    await pass(4000);
    expect((await streamOf(node, 'cam1')).publish.sessions[0]?.state).toBe('connected');
    for (const laterMs of [2000, 60_000]) {
      await pass(laterMs);
      const { codecs, publish: list } = await streamOf(node, 'cam1');
      expect([list.leaveAt, list.sessions[0]?.state, codecs.length]).toEqual([0, 'disconnected', 2]);
      expect((await publish(node, 'cam1')).status).toBe(409);
    }
  });

  it('is gone after 5 s at v0.9.0, and lets others in', async () => {
    const node = await start({ generation: 'v0.9.0' });
    node.publish('cam1', CAMERA);
    node.unpublish('cam1', { isClean: false });
    await pass(2000);
    expect((await publish(node, 'cam1')).status).toBe(409);
    await pass(8000);
    const { publish: list } = await streamOf(node, 'cam1');
    expect(list.sessions).toEqual([]);
    expect(list.leaveAt).toBeGreaterThan(0);
    expect((await publish(node, 'cam1')).status).toBe(201);
  });

  it.each(VERSIONS)('leaves its recording as running at %s', async (generation) => {
    const node = await start({ generation });
    node.publish('cam1', CAMERA);
    await postJson(`${node.url}/api/record/cam1`, {});
    node.unpublish('cam1', { isClean: false });
    await pass(20_000);
    expect(await json(`${node.url}/api/record/cam1`)).toEqual({ recording: true });
    expect(await rowsOf(node)).toMatchObject([{ status: 'Active', end_ts: null }]);
  });

  it('leaves the target of a push connected, with nothing coming', async () => {
    const [source, target] = [await start({ generation: 'head' }), await start({ generation: 'head' })];
    source.publish('cam1', CAMERA);
    const push = { targetUrl: `${target.url}/whip/cam1`, token: null };
    expect((await postJson(`${source.url}/api/cascade/cam1`, push)).status).toBe(200);
    await pass(6000);
    const before = (await streamOf(target, 'cam1')).publish.sessions[0];
    expect(before?.state).toBe('connected');
    expect(before?.stats.bitrate).toBeGreaterThan(0);
    source.unpublish('cam1', { isClean: false });
    await pass(60_000);
    const after = (await streamOf(target, 'cam1')).publish.sessions[0];
    expect([after?.id, after?.state, after?.stats.bitrate]).toEqual([before?.id, 'connected', 0]);
  });
});

it.each(VERSIONS)('a crash leaves the row of a recording active at %s', async (generation) => {
  const storageRoot = await mkdtemp(join(tmpdir(), 'crashed-node-'));
  cleanups.push(() => rm(storageRoot, { recursive: true }));
  const before = await start({ generation, storageRoot });
  before.publish('cam1', CAMERA);
  const reply = await postJson(`${before.url}/api/record/cam1`, { base_dir: 'cam1/1786500000' });
  expect(reply.status).toBe(200);
  await mkdir(join(storageRoot, 'cam1/1786500000'), { recursive: true });
  await writeFile(join(storageRoot, 'cam1/1786500000/manifest.mpd'), '<MPD/>');
  await before.close();
  const after = await start({ generation, storageRoot, recordings: before.recordings });
  expect(await rowsOf(after)).toMatchObject([{ status: 'Active' }]);
  expect(await json(`${after.url}/api/record/cam1`)).toEqual({ recording: false });
  expect(await json(`${after.url}/api/playback/cam1`)).toMatchObject([
    { record: '1786500000', duration_ms: null },
  ]);
});

it.each([
  ['head', ['disconnected']],
  ['v0.9.0', []],
] as const)('the end of a pull is seen at its source after 6 s at %s', async (generation, states) => {
  const [source, target] = [await start({ generation }), await start({ generation })];
  source.publish('cam1', CAMERA);
  const pull = { sourceUrl: `${source.url}/whep/cam1`, token: null };
  expect((await postJson(`${target.url}/api/cascade/cam1`, pull)).status).toBe(200);
  await pass(2000);
  const [session] = (await streamOf(target, 'cam1')).publish.sessions;
  const ended = await fetch(`${target.url}/session/cam1/${session?.id}`, { method: 'DELETE' });
  expect(ended.status).toBe(204);
  const viewers = async () => (await streamOf(source, 'cam1')).subscribe.sessions.map(({ state }) => state);
  await pass(4000);
  expect(await viewers()).toEqual(['connected']);
  await pass(3000);
  expect(await viewers()).toEqual(states);
});

it.each([
  ['head', true],
  ['v0.9.0', false],
] as const)(
  'a STUN server that does not answer holds WHIP up before HEAD only: %s',
  async (generation, isAtOnce) => {
    const node = await start({ generation, stunWaitMs: 8000 });
    const [asleep, reply] = [clock.untilAsleep(2), publish(node, 'cam1')];
    if (!isAtOnce) {
      await asleep;
      expect(node.streams.find('cam1')).toBeUndefined();
      await pass(8000);
    }
    expect((await reply).status).toBe(201);
  },
);

it.each(VERSIONS)('a repeated push is refused in the words of the target at %s', async (generation) => {
  const [source, target] = [await start({ generation }), await start({ generation })];
  source.publish('cam1', CAMERA);
  const push = () =>
    postJson(`${source.url}/api/cascade/cam1`, { targetUrl: `${target.url}/whip/cam1`, token: null });
  expect((await push()).status).toBe(200);
  const again = await push();
  expect([again.status, await again.text()]).toEqual([
    500,
    '[HTTP] 409 Conflict\n==> Body BEGIN\nA connection has already been established\n==> Body END',
  ]);
});

it('the versions are told apart by what they answer', async () => {
  const [head, older] = [await start({ generation: 'head' }), await start({ generation: 'v0.9.0' })];
  expect((await fetch(`${head.url}/api/info`)).status).toBe(200);
  expect((await fetch(`${older.url}/api/info`)).status).toBe(404);
  expect(await json(`${older.url}/api/record/__feature_probe__`)).toEqual({ available: true });
  for (const [node, hasCounters] of [
    [head, true],
    [older, false],
  ] as const) {
    node.publish('cam1', CAMERA);
    const stream = (await streamOf(node, 'cam1')) as object as Record<string, unknown>;
    const [session] = (stream.publish as { sessions: object[] }).sessions;
    expect(['stats' in stream, 'stats' in session!, 'leaveAt' in session!]).toEqual(
      Array(3).fill(hasCounters),
    );
  }
});

describe.each(VERSIONS)('at %s', (generation) => {
  /** Secret `example-secret`, `{"id":"cam1","exp":4102444800,"mode":6}`. */
  const CAM1_TOKEN =
    'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6ImNhbTEiLCJleHAiOjQxMDI0NDQ4MDAsIm1vZGUiOjZ9' +
    '.tNtHLS5GPkOh_lKkjiz3M8wvULinWS6l8K2uiPbloS0';

  it('the token of a stream may not steer its own session', async () => {
    const node = await start({ generation, tokens: ['node-token'], secret: 'example-secret' });
    const headers = { authorization: `Bearer ${CAM1_TOKEN}`, 'content-type': 'application/sdp' };
    const made = await fetch(`${node.url}/whip/cam1`, {
      method: 'POST',
      headers,
      body: capturedOffer('whip/cam1'),
    });
    expect(made.status).toBe(201);
    for (const method of ['PATCH', 'DELETE']) {
      const reply = await fetch(node.url + made.headers.get('location'), { method, headers });
      expect(reply.status).toBe(403);
    }
  });

  it('an offer that is none, or of another type, is a 500 in words', async () => {
    const node = await start({ generation });
    const noSdp = await send(`${node.url}/whip/cam1`, 'hello');
    expect([noSdp.status, await noSdp.text()]).toEqual([500, 'SdpInvalidSyntax: hello']);
    const noType = await fetch(`${node.url}/whip/cam1`, { method: 'POST', body: 'v=0' });
    expect([noType.status, await noType.text()]).toEqual([500, 'Content-Type must be application/sdp']);
  });

  it('a name with a space stands in the location as it is', async () => {
    const reply = await publish(await start({ generation }), 'cam s3');
    expect(reply.headers.get('location')).toMatch(/^\/session\/cam s3\/[0-9a-f-]{32,36}$/);
  });

  it('a missing object is a 500, and HEAD of one that is there closes the connection', async () => {
    const storageRoot = await mkdtemp(join(tmpdir(), 'objects-of-node-'));
    cleanups.push(() => rm(storageRoot, { recursive: true }));
    const node = await start({ generation, storageRoot });
    const missing = await fetch(`${node.url}/api/record/object/cam1/none.m4s`);
    expect(missing.status).toBe(500);
    expect(await missing.text()).toMatch(/^NotFound \(permanent\) at read, context: { service: fs, path: /);
    await writeFile(join(storageRoot, 'v.m4s'), 'x');
    const head = await fetch(`${node.url}/api/record/object/v.m4s`, { method: 'HEAD' });
    expect([head.status, head.headers.get('connection')]).toEqual([200, 'close']);
  });
});
