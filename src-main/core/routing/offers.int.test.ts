import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import { fakeNode, offer, setUpRoutingBench, steer } from '../../../e2e/support/routing-bench.ts';
import type { RoutingClusterOptions } from '../../../e2e/support/routing-cluster.ts';
import type { FakeNode } from '../../demo/fake-node/fake-node.ts';
import { GENERATIONS } from '../../demo/fake-node/node-options.ts';

const OFFER = capturedOffer('whip/cam1');
const VIEW = capturedOffer('whep/cam1');

setUpRoutingBench();

const viewers = (node: FakeNode, stream: string) =>
  node.streams.find(stream)?.subscribers.filter((session) => session.isOpen).length ?? 0;

describe.each(GENERATIONS)('a node of generation %s', (generation) => {
  it('is published to, watched and left through the manager', async () => {
    const node = await fakeNode({ generation, tokens: ['of the node'] });
    const { url } = await steer([{ alias: 'a', url: node.url, token: 'of the node' }]);

    const published = await offer(`${url}/whip/cam1`, OFFER);
    expect(published.status).toBe(201);
    expect(published.headers.get('content-type')).toBe('application/sdp');
    expect(published.headers.get('accept-patch')).toBe('application/trickle-ice-sdpfrag');
    expect(await published.text()).toMatch(/^m=video 9 UDP\/TLS\/RTP\/SAVPF 10[28] /m);
    const publisher = published.headers.get('location') ?? '';
    expect(publisher).toBe(`/session/cam1/${node.streams.find('cam1')?.publisher?.id}`);

    // At once: the next poll of the node has not been.
    const played = await offer(`${url}/whep/cam1`, VIEW);
    expect(played.status).toBe(201);
    const viewer = played.headers.get('location') ?? '';
    expect(viewers(node, 'cam1')).toBe(1);

    const candidates = 'a=ice-ufrag:abcd\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n';
    const trickled = await fetch(url + viewer, {
      method: 'PATCH',
      headers: { 'content-type': 'application/trickle-ice-sdpfrag' },
      body: candidates,
    });
    expect(trickled.status).toBe(204);
    const muted = await fetch(url + viewer, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"kind":"video","enabled":false}',
    });
    expect([muted.status, await muted.text()]).toEqual([200, '{}']);
    const layers = await fetch(`${url}${viewer}/layer`);
    expect([layers.status, await layers.text()]).toEqual([500, 'not layers']);

    expect((await fetch(url + viewer, { method: 'DELETE' })).status).toBe(204);
    expect(viewers(node, 'cam1')).toBe(0);
    expect((await fetch(url + publisher, { method: 'DELETE' })).status).toBe(204);
    expect(node.streams.find('cam1')).toBeUndefined();
  });
});

describe('replies', () => {
  it('name sessions so that a client can use the name, whatever the stream is called', async () => {
    const node = await fakeNode();
    const { url } = await steer([{ alias: 'a', url: node.url }]);
    for (const stream of ['cam s3', 'Tür/1', '東口 50%', 'a;b?c#d']) {
      const published = await offer(`${url}/whip/${encodeURIComponent(stream)}`, OFFER);
      expect(published.status).toBe(201);
      const location = published.headers.get('location') ?? '';
      expect(location).toBe(
        `/session/${encodeURIComponent(stream)}/${node.streams.find(stream)?.publisher?.id}`,
      );
      expect((await fetch(new URL(location, url), { method: 'DELETE' })).status).toBe(204);
      expect(node.streams.find(stream)).toBeUndefined();
    }
  });

  it('carry our ICE servers beside those of the node, and only when the offer was taken', async () => {
    const node = await fakeNode({ iceServers: [{ urls: ['stun:of-node:3478'] }] });
    const ice_servers = [{ urls: ['turn:ours:3478'], username: 'u', credential: 'p' }];
    const { url } = await steer([{ alias: 'a', url: node.url }], { extraIce: { ice_servers } });
    const published = await offer(`${url}/whip/cam1`, OFFER);
    expect(published.headers.get('link')).toBe(
      '<stun:of-node:3478>; rel="ice-server", <turn:ours:3478>; rel="ice-server"; username="u"; credential="p"',
    );
    const second = await offer(`${url}/whip/cam1`, OFFER);
    expect([second.status, second.headers.get('link')]).toEqual([409, null]);
    expect(await second.text()).toBe('A connection has already been established');
  });

  it('leave answers alone where no order is wanted, and take rtx out where recording is', async () => {
    const node = await fakeNode();
    const plain = await steer([{ alias: 'a', url: node.url }], { whip: { codec_order: [] } });
    expect(await (await offer(`${plain.url}/whip/cam1`, OFFER)).text()).toMatch(
      /^m=audio 9 UDP\/TLS\/RTP\/SAVPF 8 0 9 111\r$/m,
    );
    const ours = await steer([{ alias: 'a', url: node.url }], { willRecord: (stream) => stream === 'cam2' });
    const answer = await (await offer(`${ours.url}/whip/cam2`, OFFER)).text();
    expect(answer).toMatch(/^m=audio 9 UDP\/TLS\/RTP\/SAVPF 111 8 0 9\r$/m);
    expect(answer).not.toContain('rtx');
  });

  it('of a node that wants another content type come through in its words', async () => {
    const node = await fakeNode();
    const { url } = await steer([{ alias: 'a', url: node.url }]);
    const reply = await offer(`${url}/whip/cam1`, 'hello', { 'content-type': 'text/plain' });
    expect([reply.status, await reply.text()]).toEqual([500, 'Content-Type must be application/sdp']);
  });

  it('refuse an offer of more than 256 KiB, and names that would lead elsewhere', async () => {
    const node = await fakeNode();
    const { url } = await steer([{ alias: 'a', url: node.url }]);
    expect((await offer(`${url}/whip/cam1`, 'x'.repeat(256 * 1024 + 1))).status).toBe(413);
    expect((await offer(`${url}/whip/%2e%2e%2f`, OFFER)).status).toBe(201);
    expect(node.streams.find('../')).toBeDefined();
  });
});

describe('access', () => {
  it('lets the token of a stream publish, play and steer sessions of that stream, and no other', async () => {
    const node = await fakeNode();
    const { url } = await steer([{ alias: 'a', url: node.url }], {
      auth: { tokens: ['all'], secret: 'example-secret' },
    });
    // Claims {"id":"cam1","exp":4102444800,"mode":6}, signed with that secret.
    const token =
      'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6ImNhbTEiLCJleHAiOjQxMDI0NDQ4MDAsIm1vZGUiOjZ9.tNtHLS5GPkOh_lKkjiz3M8wvULinWS6l8K2uiPbloS0';
    const headers = { authorization: `Bearer ${token}` };
    expect((await offer(`${url}/whip/cam1`, OFFER)).status).toBe(401);
    expect((await offer(`${url}/whip/cam2`, OFFER, headers)).status).toBe(403);
    const published = await offer(`${url}/whip/cam1`, OFFER, headers);
    expect(published.status).toBe(201);
    expect((await offer(`${url}/api/whep/a/cam1`, VIEW, headers)).status).toBe(201);
    expect((await fetch(`${url}/session/cam2/1`, { method: 'DELETE', headers })).status).toBe(403);
    expect((await fetch(`${url}/api/streams/cam1`, { method: 'DELETE', headers })).status).toBe(403);
    const location = url + published.headers.get('location');
    expect((await fetch(location, { method: 'DELETE' })).status).toBe(401);
    expect((await fetch(location, { method: 'DELETE', headers })).status).toBe(204);
    expect((await fetch(location, { method: 'OPTIONS' })).status).toBe(200);
  });

  it('lets who may only watch end what it watches, and not the publisher', async () => {
    const node = await fakeNode();
    const secret = 'example-secret';
    const { url } = await steer([{ alias: 'a', url: node.url }], { auth: { tokens: ['all'], secret } });
    const token = await new SignJWT({ id: 'cam1', mode: 4 })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(secret));
    const headers = { authorization: `Bearer ${token}` };
    const publisher = await offer(`${url}/whip/cam1`, OFFER, { authorization: 'Bearer all' });
    expect((await offer(`${url}/whip/cam1`, OFFER, headers)).status).toBe(403);
    const viewer = await offer(`${url}/whep/cam1`, VIEW, headers);
    const end = (reply: Response) =>
      fetch(url + reply.headers.get('location'), { method: 'DELETE', headers }).then(({ status }) => status);
    expect([await end(publisher), await end(viewer)]).toEqual([403, 204]);
    expect(node.streams.find('cam1')?.publisher?.isOpen).toBe(true);
  });
});

describe('sessions of others', () => {
  it('are not ended or changed by a token that may only watch or publish', async () => {
    const node = await fakeNode();
    const secret = 'example-secret';
    const { url } = await steer([{ alias: 'a', url: node.url }], { auth: { tokens: ['all'], secret } });
    const sign = async (mode: number, jti: string | null) => {
      const jwt = new SignJWT({ id: 'cam1', mode }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' });
      if (jti !== null) jwt.setJti(jti);
      const token = await jwt.setExpirationTime('1h').sign(new TextEncoder().encode(secret));
      return { authorization: `Bearer ${token}` };
    };
    const viewers = [await sign(4, 'one'), await sign(4, 'two'), await sign(12, null)];
    const camera = await sign(2, 'camera');
    const keeper = await sign(1, 'keeper');
    const published = await offer(`${url}/whip/cam1`, OFFER, camera);
    const watched = await Promise.all(viewers.map((headers) => offer(`${url}/whep/cam1`, VIEW, headers)));
    const ask = (reply: Response, headers: Record<string, string>, method = 'DELETE') =>
      fetch(url + reply.headers.get('location'), {
        method,
        headers: { ...headers, 'content-type': 'application/trickle-ice-sdpfrag' },
        ...(method === 'PATCH' ? { body: 'a=mid:0\r\n' } : {}),
      }).then(({ status }) => status);
    for (const [i, session] of watched.entries()) {
      for (const other of [...viewers.filter((_, j) => j !== i), camera]) {
        expect([await ask(session, other), await ask(session, other, 'PATCH')]).toEqual([403, 403]);
      }
    }
    for (const viewer of viewers) expect(await ask(published, viewer)).toBe(403);
    // Made on the node itself: whose it is, is not known.
    const foreign = await offer(`${node.url}/whep/cam1`, VIEW);
    expect(await ask(foreign, viewers[0] ?? {})).toBe(403);
    expect(await ask(foreign, { authorization: 'Bearer all' })).toBe(204);
    const own = watched.map((session, i) => ask(session, viewers[i] ?? {}));
    expect(await Promise.all(own)).toEqual([204, 204, 204]);
    const last = await offer(`${url}/whep/cam1`, VIEW, viewers[0] ?? {});
    expect(await ask(last, keeper)).toBe(403);
    expect(await ask(published, camera)).toBe(204);
  });
});

describe('placement', () => {
  it('puts two first publishers that come at once on one node', async () => {
    const nodes = await Promise.all([fakeNode(), fakeNode(), fakeNode()]);
    const { freeze, url } = await steer(nodes.map((node, i) => ({ alias: `n${i}`, url: node.url })));
    freeze();
    const replies = await Promise.all([1, 2].map(() => offer(`${url}/whip/cam1`, OFFER)));
    expect(replies.map((reply) => reply.status).sort()).toEqual([201, 409]);
    expect(nodes.filter((node) => node.streams.find('cam1')).length).toBe(1);
  });

  it('spreads streams, keeps to named nodes and knows no stream nobody has', async () => {
    const [a, b] = await Promise.all([fakeNode(), fakeNode()]);
    const { freeze, url } = await steer([
      { alias: 'a', url: a!.url },
      { alias: 'b', url: b!.url },
    ]);
    freeze();
    for (const stream of ['cam1', 'cam2', 'cam3', 'cam4']) await offer(`${url}/whip/${stream}`, OFFER);
    expect([a!.streams.all().length, b!.streams.all().length]).toEqual([2, 2]);
    await offer(`${url}/whip/cam5?nodes=x&nodes=b`, OFFER);
    expect(b!.streams.find('cam5')).toBeDefined();
    const elsewhere = await offer(`${url}/whip/cam6?nodes=x`, OFFER);
    expect([elsewhere.status, await elsewhere.text()]).toEqual([503, 'no available node']);
    for (const query of ['/whep/nobody', '/whep/cam5?nodes=a']) {
      const unknown = await offer(url + query, VIEW);
      expect([unknown.status, await unknown.text()]).toEqual([404, 'resource not exists']);
    }
    expect((await offer(`${url}/api/whip/x/cam6`, OFFER)).status).toBe(503);
  });

  it('sends exactly as many viewers as there is room for, and the others to one relay', async () => {
    const limit = { each_stream_max_sub: 60 };
    const [a, b] = await Promise.all([fakeNode({ strategy: limit }), fakeNode({ strategy: limit })]);
    a!.publish('cam1', { codecs: ['h264', 'opus'], bitrateBps: 1_000_000 });
    let relaying: Promise<string> | undefined;
    let relayCount = 0;
    const planner = {
      ensureRelay: (stream: string, { excluding }: { excluding: readonly string[] }) => {
        expect(excluding).toEqual(['a']);
        relaying ??= new Promise((resolve) => {
          relayCount++;
          setTimeout(() => {
            b!.publish(stream, { codecs: ['h264', 'opus'], bitrateBps: 1_000_000 });
            resolve('b');
          }, 100);
        });
        return relaying;
      },
    };
    const { cluster, until, url } = await steer(
      [
        { alias: 'a', url: a!.url },
        { alias: 'b', url: b!.url },
      ],
      { planner },
    );
    await until(() => cluster.mergedStreams().length > 0);
    const replies = await Promise.all(Array.from({ length: 100 }, () => offer(`${url}/whep/cam1`, VIEW)));
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([201]));
    expect([viewers(a!, 'cam1'), viewers(b!, 'cam1'), relayCount]).toEqual([60, 40, 1]);

    const first = replies[0]?.headers.get('location') ?? '';
    await fetch(url + first, { method: 'DELETE' });
    // Each node by itself: a look at one from before the end and at the other from before its last viewer has
    // the same sum.
    const listed = (alias: string) =>
      cluster.streamByNode('cam1')[alias]?.subscribe.sessions.filter(({ state }) => state !== 'closed')
        .length;
    const [onA, onB] = [viewers(a!, 'cam1'), viewers(b!, 'cam1')];
    expect(onA + onB).toBe(99);
    await until(() => listed('a') === onA && listed('b') === onB);
    expect((await offer(`${url}/whep/cam1?nodes=${onA < 60 ? 'a' : 'b'}`, VIEW)).status).toBe(201);
  });

  it('has a stream relayed that came a moment ago once its publisher is seen', async () => {
    const limit = { each_stream_max_sub: 0, auto_create_whip: true };
    const [a, b] = await Promise.all([fakeNode({ strategy: limit }), fakeNode()]);
    let seen: string | undefined;
    const { cluster, freeze, thaw, until, url } = await steer(
      [
        { alias: 'a', url: a!.url },
        { alias: 'b', url: b!.url },
      ],
      {
        planner: {
          ensureRelay: async (stream) => {
            seen = cluster.streamByNode(stream).a?.publish.sessions[0]?.state;
            return 'b';
          },
        },
      },
    );
    freeze();
    expect((await offer(`${url}/api/whip/a/cam1`, OFFER)).status).toBe(201);
    const played = offer(`${url}/whep/cam1`, VIEW);
    await until(() => cluster.streamByNode('cam1').a?.publish.sessions[0]?.state === 'connected');
    thaw();
    expect((await played).status).toBe(201);
    expect([seen, viewers(b!, 'cam1')]).toEqual(['connected', 1]);
  });

  it('says that all is full where nothing is relayed', async () => {
    const node = await fakeNode({ strategy: { each_stream_max_sub: 1 } });
    node.publish('cam1', { codecs: ['h264'], bitrateBps: 1000 });
    const { cluster, until, url } = await steer([{ alias: 'a', url: node.url }]);
    await until(() => cluster.mergedStreams().length > 0);
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(201);
    const second = await offer(`${url}/whep/cam1`, VIEW);
    expect(second.status).toBe(503);
    expect(await second.text()).toContain('every node that has the stream "cam1" is full');
    expect((await offer(`${url}/api/whep/a/cam1`, VIEW)).status).toBe(201);
  });
});

describe('take-over', () => {
  const published = async (options: Partial<RoutingClusterOptions> = {}) => {
    const node = await fakeNode();
    node.publish('cam1', { codecs: ['h264', 'opus'], bitrateBps: 1_000_000 });
    const steered = await steer([{ alias: 'a', url: node.url }], options);
    await steered.until(() => steered.cluster.mergedStreams().length > 0);
    const old = node.streams.find('cam1')?.publisher;
    return { node, old: old!, url: steered.url };
  };

  it('lets a publisher back in whose earlier connection is lost', async () => {
    const { node, old, url } = await published();
    old.state = 'disconnected';
    expect((await offer(`${url}/whip/cam1`, OFFER)).status).toBe(201);
    expect(old.isOpen).toBe(false);
    expect(node.streams.find('cam1')?.publisher?.id).not.toBe(old.id);
  });

  it('lets one in whose place is held by one that sends nothing', async () => {
    const { old, url } = await published();
    old.silence();
    expect((await offer(`${url}/whip/cam1`, OFFER)).status).toBe(201);
    expect(old.isOpen).toBe(false);
  });

  it('pushes nobody aside who sends', async () => {
    const { old, url } = await published();
    expect((await offer(`${url}/whip/cam1`, OFFER)).status).toBe(409);
    expect(old.isOpen).toBe(true);
  });

  it('is off where the configuration says so', async () => {
    const { old, url } = await published({ whip: { take_over: false } });
    old.state = 'disconnected';
    expect((await offer(`${url}/whip/cam1`, OFFER)).status).toBe(409);
    expect(old.isOpen).toBe(true);
  });
});
