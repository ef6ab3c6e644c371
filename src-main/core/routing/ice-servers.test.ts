import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import { coturnLinks, IceServers, type IceServersOptions } from './ice-servers.ts';

const never = new AbortController().signal;
const NONE = { override_upstream_ice_servers: false, ice_servers: [] };

let closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing) close();
  closing = [];
});

/** A stand-in for Cloudflare's API. */
async function standIn(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => answer(request, response, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function withClock(config: IceServersOptions['config'], cloudflareUrl?: string) {
  const clock = { nowMs: 1_893_452_400_000 };
  const servers = new IceServers({
    config,
    clock: { nowMs: () => clock.nowMs, monotonicMs: () => clock.nowMs, sleep: async () => {} },
    logger: silentLogger,
    ...(cloudflareUrl ? { cloudflareUrl } : {}),
  });
  return { clock, servers };
}

describe('IceServers', () => {
  it('adds configured servers behind those of the node', async () => {
    const { servers } = withClock({
      ...NONE,
      ice_servers: [{ urls: ['stun:s:1', 'turn:t:2'], username: 'u', credential: 'p' }],
    });
    const login = 'username="u"; credential="p"';
    expect(await servers.extend(['<stun:n>; rel="ice-server"'], never)).toEqual([
      '<stun:n>; rel="ice-server"',
      `<stun:s:1>; rel="ice-server"; ${login}`,
      `<turn:t:2>; rel="ice-server"; ${login}`,
    ]);
  });

  it('leaves out the node’s servers where it shall, and nothing else', async () => {
    const { servers } = withClock({ ...NONE, override_upstream_ice_servers: true });
    const layer = '</session/cam1/1/layer>; rel="urn:ietf:params:whep:ext:core:layer"';
    expect(await servers.extend(['<stun:n>; rel="ice-server"', layer], never)).toEqual([layer]);
  });

  it('makes credentials as coturn checks them', async () => {
    const coturn = { urls: ['turn:t'], secret: 'example-secret', ttl: 3600 };
    const expected = [
      '<turn:t>; rel="ice-server"; username="1893456000"; credential="a0ApWB84EaYdoya67Y4+VRQhS1Q="',
    ];
    expect(coturnLinks(coturn, 1_893_452_400_999)).toEqual(expected);
    expect(await withClock({ ...NONE, coturn }).servers.extend([], never)).toEqual(expected);
  });

  it('uses a secret that was changed from the next reply on', async () => {
    const coturn = { urls: ['turn:t'], secret: 'example-secret', ttl: 3600 };
    const { servers } = withClock(NONE);
    expect(await servers.extend([], never)).toEqual([]);
    servers.use({ ...NONE, coturn });
    const [first] = await servers.extend([], never);
    servers.use({ ...NONE, coturn: { ...coturn, secret: 'another' } });
    const [second] = await servers.extend([], never);
    expect(first).toContain('a0ApWB84EaYdoya67Y4');
    expect(second).toMatch(/credential="[^"]{28}"/);
    expect(second).not.toBe(first);
  });
});

describe('credentials from Cloudflare', () => {
  const cloudflare = { key_id: 'key/1', api_token: 'secret', ttl: 600 };
  const config = { ...NONE, cloudflare };

  it('are asked for once by many and kept until half of their life is over', async () => {
    const asked: unknown[] = [];
    const url = await standIn(({ headers, method, url: path }, response, body) => {
      asked.push({ method, path, authorization: headers.authorization, body: JSON.parse(body) as unknown });
      response.end(
        JSON.stringify({ iceServers: [{ urls: ['turn:c'], username: `u${asked.length}`, credential: 'p' }] }),
      );
    });
    const { clock, servers } = withClock(config, url);
    const [first, second] = await Promise.all([servers.extend([], never), servers.extend([], never)]);
    expect(first).toEqual(['<turn:c>; rel="ice-server"; username="u1"; credential="p"']);
    expect(second).toEqual(first);
    expect(asked).toEqual([
      {
        method: 'POST',
        path: '/v1/turn/keys/key%2F1/credentials/generate-ice-servers',
        authorization: 'Bearer secret',
        body: { ttl: 600 },
      },
    ]);
    clock.nowMs += 299_000;
    expect(await servers.extend([], never)).toEqual(first);
    clock.nowMs += 2000;
    expect((await servers.extend([], never))[0]).toContain('username="u2"');
  });

  it('are asked for anew with an API token that was changed', async () => {
    const asked: unknown[] = [];
    const url = await standIn(({ headers }, response) => {
      asked.push(headers.authorization);
      response.end(JSON.stringify({ iceServers: [{ urls: ['turn:c'], username: 'u', credential: 'p' }] }));
    });
    const { servers } = withClock(config, url);
    await servers.extend([], never);
    servers.use({ ...NONE, cloudflare: { ...cloudflare } });
    await servers.extend([], never);
    expect(asked).toEqual(['Bearer secret']);
    servers.use({ ...NONE, cloudflare: { ...cloudflare, api_token: 'next' } });
    await servers.extend([], never);
    expect(asked).toEqual(['Bearer secret', 'Bearer next']);
  });

  it('are done without where the service fails, and used as long as they are good', async () => {
    let isFailing = true;
    let askedCount = 0;
    const url = await standIn((_, response) => {
      askedCount++;
      if (isFailing) return response.writeHead(500).end();
      return response.end('{"iceServers":{"urls":"turn:c","username":"u","credential":"p"}}');
    });
    const { clock, servers } = withClock(config, url);
    expect(await servers.extend(['<stun:n>; rel="ice-server"'], never)).toEqual([
      '<stun:n>; rel="ice-server"',
    ]);
    await servers.extend([], never);
    expect(askedCount).toBe(1);
    isFailing = false;
    clock.nowMs += 31_000;
    expect(await servers.extend([], never)).toHaveLength(1);
    isFailing = true;
    clock.nowMs += 400_000;
    expect(await servers.extend([], never)).toHaveLength(1);
    expect(askedCount).toBe(3);
    clock.nowMs += 201_000;
    expect(await servers.extend([], never)).toEqual([]);
  });

  it.each(['{}', 'no json', '{"iceServers":[]}'])('are done without where it answers %s', async (text) => {
    const url = await standIn((_, response) => response.end(text));
    expect(await withClock(config, url).servers.extend([], never)).toEqual([]);
  });
});
