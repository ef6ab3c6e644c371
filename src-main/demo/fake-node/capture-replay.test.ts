import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Exchange, parseJson, readExchanges, send, shapeOf, Translation } from './capture-replay.ts';
import { createFakeNode, type FakeNode } from './fake-node.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryRecorder } from './memory-recorder.ts';
import type { ActiveRecording, FakeNodeOptions, Generation } from './node-options.ts';

const CAPTURES = join(import.meta.dirname, '../../../e2e/fixtures/captures');
const START_MS = Date.parse('2026-11-22T10:00:00Z');

/**
 * Exchanges whose JSON may have another shape, by file and note; status and headers must match all the same.
 * Everything else must match in status, in the headers that matter, and in keys and types of its JSON.
 */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'head/05-record.jsonl': {
    'all b': 'VP8 cannot be recorded, so HEAD calls that one Failed; without media there is nothing to fail',
  },
  'head/06-cascade.jsonl': {
    'source after': 'the end of a pull is seen by ICE only; here the source still thinks it is connected',
  },
  'v0.9.0/06-cascade.jsonl': {
    target: 'the real node listed one of the two codecs of this pushed stream (of the other push, both)',
    'source after': 'the end of a pull is seen by ICE only; here the source still lists its subscriber',
  },
  'v0.9.0/07-auth.jsonl': {
    'static token': 'the same stream as in 06-cascade, with one codec',
    'cam1 read: one stream': 'as above',
  },
  'v0.9.0/08-leave.jsonl': { 'target of the push': 'the same stream again' },
  'head/09-crash.jsonl': {
    'after kill -9 and a restart': 'a fake node keeps its index in memory, so nothing survives a restart',
    status: 'as above',
    playback: 'as above',
  },
  'v0.9.0/09-crash.jsonl': {
    'after kill -9 and a restart': 'a fake node keeps its index in memory, so nothing survives a restart',
    status: 'as above',
    playback: 'as above',
  },
};
// v0.9.0/04-publish-slow-stun.jsonl is not replayed: it is 04-publish again, with waits of a real ICE agent.
const FILES = [
  '01-idle',
  '02-errors',
  '04-publish',
  '05-record',
  '06-cascade',
  '07-auth',
  '08-leave',
  '09-crash',
];
const COMPARED_HEADERS = ['content-type', 'link', 'accept-patch', 'allow', 'access-control-allow-origin'];

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Rows as always, and beside them the files that a real recorder of that generation wrote. */
class FixtureRecorder extends MemoryRecorder {
  constructor(
    readonly storageRoot: string,
    ...rest: ConstructorParameters<typeof MemoryRecorder>
  ) {
    super(...rest);
  }

  override async start(stream: string, baseDir: string | undefined): Promise<ActiveRecording> {
    const recording = await super.start(stream, baseDir);
    const source = join(CAPTURES, 'v0.9.0/recordings/cam1/1795345823');
    await cp(source, join(this.storageRoot, recording.recordDir), { recursive: true });
    return recording;
  }
}

interface Run {
  readonly clock: ManualClock;
  readonly nodes: ReadonlyMap<string, FakeNode>;
  readonly words: Translation;
  firstDateMs: number | undefined;
  firstOffer: string | undefined;
}

async function startRun(
  generation: Generation,
  names: string[],
  iceServers: FakeNodeOptions['iceServers'],
): Promise<Run> {
  const clock = new ManualClock(START_MS);
  const words = new Translation();
  const nodes = new Map<string, FakeNode>();
  for (const name of names) {
    const storageRoot = await mkdtemp(join(tmpdir(), 'replay-'));
    cleanups.push(() => rm(storageRoot, { recursive: true, force: true }));
    const isGuarded = name === 'node-c';
    const node = await createFakeNode({
      generation,
      clock,
      storageRoot,
      connectDelayMs: 0,
      ...(iceServers ? { iceServers } : {}),
      createRecorder: (index) => new FixtureRecorder(storageRoot, index, clock, generation),
      ...(isGuarded
        ? {
            tokens: ['node-token'],
            secret: 'example-secret',
            strategy: { each_stream_max_sub: 2, auto_delete_whip: 5000 },
            autoRecord: ['auto*'],
          }
        : {}),
    });
    cleanups.push(() => node.close());
    nodes.set(name, node);
    words.learn(`http://${name}:7777`, node.url);
  }
  return { clock, nodes, words, firstDateMs: undefined, firstOffer: undefined };
}

/** Lets as much time pass as passed between the captured answers, and does what no request shows. */
async function goOn(run: Run, exchange: Exchange): Promise<void> {
  const dateMs = Date.parse(exchange.response.headers.date ?? '');
  run.firstDateMs ??= dateMs;
  const passedMs = Math.max(0, START_MS + dateMs - run.firstDateMs - run.clock.nowMs());
  if (exchange.note === 'publisher vanished 2 s ago') {
    await run.clock.advance(passedMs - 2000);
    run.nodes.get('node-a')!.unpublish('cam1', { isClean: false });
    await run.clock.advance(2000);
    return;
  }
  if (exchange.note === 'recorded by the node itself') {
    const headers = { 'content-type': 'application/sdp', authorization: 'Bearer node-token' };
    await send(`${run.nodes.get('node-c')!.url}/whip/auto1`, 'POST', headers, run.firstOffer);
  }
  await run.clock.advance(passedMs);
}

async function replay(run: Run, exchange: Exchange) {
  const comesBack = { method: 'POST', url: 'http://node-a:7777/whip/cam1', body: run.firstOffer };
  const asked = exchange.request ?? { ...comesBack, headers: { 'content-type': 'application/sdp' } };
  if (asked.url.includes('/whip/cam1')) run.firstOffer ??= asked.body ?? undefined;
  // Where a browser spoke, the capture holds no request headers.
  const isOffer = /\/(whip|whep)\//.test(asked.url);
  const headers: Record<string, string> = {
    ...(asked.headers ?? (isOffer ? { 'content-type': 'application/sdp' } : {})),
  };
  // What `fetch` sends for a text body when told an empty type, as the capture's own client did.
  if (headers['content-type'] === '') headers['content-type'] = 'text/plain;charset=UTF-8';
  if (asked.body) headers['content-length'] = String(Buffer.byteLength(run.words.translate(asked.body)));
  const body = asked.body ? run.words.translate(asked.body) : null;
  return send(encodeURI(decodeURI(run.words.translate(asked.url))), asked.method, headers, body);
}

function compare(
  run: Run,
  exchange: Exchange,
  actual: Exchange['response'],
  { hasOwnShape = false } = {},
): void {
  const { response } = exchange;
  expect(actual.status).toBe(response.status);
  const pick = (headers: Readonly<Record<string, string>>) =>
    Object.fromEntries(COMPARED_HEADERS.map((name) => [name, headers[name]]));
  expect(pick(actual.headers)).toEqual(pick(response.headers));
  const idShape = (location: string | undefined) =>
    location
      ?.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
      .replace(/[0-9a-f]{32}/, '<hex>');
  expect(idShape(actual.headers.location)).toBe(idShape(response.headers.location));
  const [captured, given] = [parseJson(response.body), parseJson(actual.body)];
  if (typeof captured === 'object') {
    if (!hasOwnShape) expect(shapeOf(given)).toEqual(shapeOf(captured));
    run.words.learnFrom(captured, given);
  } else if (/text\/plain/.test(response.headers['content-type'] ?? '') && response.status !== 200) {
    expect(actual.body).toBe(run.words.translate(response.body));
  }
  const [from, to] = [response.headers.location, actual.headers.location].map((each) =>
    each?.split('/').pop(),
  );
  if (from && to) run.words.learn(from, to);
}

describe.each(['head', 'v0.9.0'] as const)('a fake %s node', (generation) => {
  it('answers the captured requests as the real one did', async () => {
    const iceServers = [
      { urls: ['stun:127.0.0.1:3478'] },
      { urls: ['turn:127.0.0.1:3478?transport=udp'], username: 'u', credential: 'p' },
    ];
    const run = await startRun(
      generation,
      ['node-a', 'node-b', 'node-c'],
      generation === 'head' ? iceServers : undefined,
    );
    let compared = 0;
    for (const file of FILES) {
      const path = `${generation}/${file}.jsonl`;
      for (const exchange of await readExchanges(join(CAPTURES, path))) {
        await goOn(run, exchange);
        const actual = await replay(run, exchange);
        const isException = EXCEPTIONS[path]?.[exchange.note] !== undefined;
        try {
          compare(run, exchange, actual, { hasOwnShape: isException });
        } catch (error) {
          throw new Error(`${path}, "${exchange.note}": ${error instanceof Error ? error.message : error}`, {
            cause: error,
          });
        }
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(110);
  });
});

describe('a fake push node', () => {
  it('answers the captured requests as the real one did', async () => {
    const run = await startRun('push', ['node-old'], [{ urls: ['stun:stun.l.google.com:19302'] }]);
    const all = await readExchanges(join(CAPTURES, 'push/exchanges.jsonl'));
    // The rest was said to the manager of that time, which is not what a fake node stands for.
    const own = all.filter((exchange) => exchange.request?.url.startsWith('http://node-old'));
    for (const exchange of own) {
      await goOn(run, exchange);
      compare(run, exchange, await replay(run, exchange));
    }
    expect(own).toHaveLength(10);
  });

  it('reports segments as the real one did, with its retries', async () => {
    const lines = (await readFile(join(CAPTURES, 'push/reports.jsonl'), 'utf8')).trim().split('\n');
    const captured = lines.map((line) => JSON.parse(line));
    const received: { headers: Record<string, unknown>; body: unknown; ms: number }[] = [];
    const clock = new ManualClock(START_MS);
    const manager = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { status } = captured[received.length].answered;
      received.push({
        headers: request.headers,
        body: JSON.parse(String(Buffer.concat(parts))),
        ms: clock.nowMs(),
      });
      response.writeHead(status).end('{}');
    });
    await new Promise<void>((resolve) => manager.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => manager.close(resolve)));
    const url = `http://127.0.0.1:${(manager.address() as AddressInfo).port}`;
    const node = await createFakeNode({ generation: 'push', alias: 'edge-old', report: { url }, clock });
    cleanups.push(() => node.close());

    const bodies = captured.map((each) => JSON.parse(each.request.body));
    const segments = new Map(bodies.flatMap((body) => body.segments).map((each) => [each.path, each]));
    for (const segment of segments.values()) {
      const before = received.length;
      const reported = node.finishSegment('cam1', {
        startUs: segment.start_ts,
        endUs: segment.end_ts,
        path: segment.path,
        isKeyFrame: segment.is_keyframe,
      });
      const attempts = captured.filter((_, i) => bodies[i].segments[0].path === segment.path).length;
      for (let attempt = 1; attempt <= attempts; attempt++) {
        await expect.poll(() => received.length).toBe(before + attempt);
        if (attempt === attempts) break;
        // The node's own ticks sleep too.
        await clock.untilAsleep(2);
        await clock.advance(1000 * 2 ** attempt);
      }
      await reported;
    }
    expect(received.map((each) => each.body)).toEqual(bodies);
    for (const { headers } of received) {
      expect(headers['content-type']).toBe('application/json');
      expect(headers).not.toHaveProperty('authorization');
    }
    expect(received[1]!.ms - received[0]!.ms).toBe(2000);
    expect(received[2]!.ms - received[1]!.ms).toBe(4000);
  });
});

it('replays every file of the captures that holds requests to nodes', async () => {
  for (const generation of ['head', 'v0.9.0']) {
    const names = (await readdir(join(CAPTURES, generation))).filter((name) => name.endsWith('.jsonl'));
    const left = names.filter((name) => !FILES.includes(name.replace('.jsonl', '')));
    expect(left.filter((name) => !/sse-trace|slow-stun/.test(name))).toEqual([]);
  }
});
