import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import { TlsFiles } from '../src-main/core/http/tls-files.ts';
import type { Manager } from '../src-main/core/manager.ts';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import type { NodeView } from '../src-shared/model/node-view.ts';
import type { SystemStatus } from '../src-shared/model/system-status.ts';
import { startS3Server } from './support/s3-server.ts';
import { createAuthority, type TestCertificate } from './support/test-certificates.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';
import { startProxy } from './support/test-proxy.ts';

/** The endpoint as HTTPS, and outgoing calls with own authorities and through proxies. */

const authority = createAuthority();
let test: TestDatabase;
let folder: string;
let closing: (() => Promise<unknown> | unknown)[];

beforeEach(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-tls-'));
  await writeFile(join(folder, 'ca.pem'), authority.cert);
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

async function writePair({ cert, key }: TestCertificate, name = 'own'): Promise<void> {
  await writeFile(join(folder, `${name}.key`), key);
  await writeFile(join(folder, `${name}.pem`), cert);
}

async function startManager(toml: string, env: Record<string, string> = {}): Promise<Manager> {
  const manager = await createTestManager({ folder, databaseUrl: test.url, toml, env });
  closing.push(() => manager.close());
  return manager;
}

const TLS = '[http.tls]\ncert = "own.pem"\nkey = "own.key"\n';

describe('the endpoint', () => {
  it('is HTTPS, marks its cookies, says so to plain HTTP, and serves this computer without', async () => {
    await writePair(authority.issue(['localhost', '127.0.0.1']));
    const accounts = '[[auth.accounts]]\nusername = "anna"\npassword = "s3same"\n';
    const manager = await startManager(`${accounts}${TLS}hsts_seconds = 600\n`);
    expect(manager.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const dispatcher = new Agent({ connect: { ca: authority.cert } });
    closing.push(() => dispatcher.destroy());
    const login = (url: string) =>
      request(`${url}/api/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'anna', password: 's3same' }),
        dispatcher,
      });
    const secure = await login(manager.url);
    await secure.body.dump();
    expect(secure.statusCode).toBe(200);
    expect(secure.headers['strict-transport-security']).toBe('max-age=600');
    expect(String(secure.headers['set-cookie'])).toMatch(
      /^__Host-liveman_session_.*; Path=\/; HttpOnly.*; Secure/,
    );
    const asked = async (cookie: string) => {
      const reply = await request(`${manager.url}/api/status`, { headers: { cookie }, dispatcher });
      await reply.body.dump();
      return reply.statusCode;
    };
    const cookie = String(secure.headers['set-cookie']).split(';')[0] ?? '';
    expect(await asked(cookie)).toBe(200);
    // A host beside this one may set cookies for both, but none with this prefix.
    expect(await asked(cookie.replace('__Host-', ''))).toBe(401);
    const inner = await login(manager.innerUrl);
    await inner.body.dump();
    expect(String(inner.headers['set-cookie'])).toMatch(/^liveman_session_/);
    expect(String(inner.headers['set-cookie'])).not.toContain('Secure');
    expect(inner.headers['strict-transport-security']).toBeUndefined();
    expect(await plainAnswer(Number(new URL(manager.url).port))).toContain('Write https://');
  });

  it('names file and remedy where certificate and key cannot be used', async () => {
    const fails = (toml: string) => expect(startManager(toml)).rejects;
    await fails('[http.tls]\ncert = "own.pem"\n').toMatchObject({
      message: expect.stringContaining('http.tls.key'),
    });
    await fails(TLS).toMatchObject({
      message: expect.stringMatching(/http\.tls\.cert: .*own\.pem does not exist/),
    });
    await writePair(authority.issue(['localhost']));
    await writeFile(join(folder, 'own.key'), authority.issue(['localhost']).key);
    await fails(TLS).toMatchObject({
      message: expect.stringContaining('does not belong to the certificate'),
    });
    await writeFile(join(folder, 'own.key'), 'no key');
    await fails(TLS).toMatchObject({ message: expect.stringContaining('holds no private key') });
  });

  it('takes a new certificate over without ending a connection, and keeps the old one in face of a wrong one', async () => {
    await writePair(authority.issue(['localhost'], 5 * 86_400_000));
    const files = await TlsFiles.open({
      cert: 'own.pem',
      key: 'own.key',
      cwd: folder,
      clock: systemClock,
      logger: silentLogger,
      lookEveryMs: 30,
    });
    const { cert, key } = files.current;
    const server = createHttpsServer({ cert, key }, (_, response) => {
      response.write('first');
      setTimeout(() => response.end(' and last'), 600);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    closing.push(async () => {
      await files.close();
      server.close();
    });
    const problems: (string | null)[] = [];
    files.follow(server, (problem) => problems.push(problem));
    const { port } = server.address() as AddressInfo;
    const served = () => serialOf(port);
    const before = await served();
    await expect.poll(() => problems.at(-1)).toContain('expires in 5 days');
    const open = textOf(`https://localhost:${port}/`);
    // Half of the change: the key is new, the certificate still old.
    const next = authority.issue(['localhost']);
    await writeFile(join(folder, 'own.key'), next.key);
    await expect.poll(() => problems.at(-1)).toContain('does not belong');
    expect(await served()).toBe(before);
    await writeFile(join(folder, 'own.pem'), next.cert);
    await expect.poll(() => problems.at(-1)).toBeNull();
    await expect.poll(served).not.toBe(before);
    expect(await open).toBe('first and last');
  });
});

/** The fake node behind TLS, under a name of the authority. */
async function startTlsNode(): Promise<{ node: FakeNode; url: string }> {
  const node = await createFakeNode({ generation: 'head', connectDelayMs: 0 });
  const { port } = new URL(node.url);
  const server = createHttpsServer(authority.issue(['127.0.0.1']), (incoming, outgoing) => {
    const onward = httpRequest(
      { host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers: incoming.headers },
      (reply) => {
        outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
        outgoing.flushHeaders();
        reply.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await node.close();
  });
  return { node, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function nodeToml(alias: string, url: string, more = ''): string {
  return `[[nodes]]\nalias = "${alias}"\nurl = "${url}"\nmode = "sse"\n${more}\n`;
}

async function nodesOf(manager: Manager): Promise<Record<string, string>> {
  const reply = await fetch(`${manager.url}/api/cluster`, { signal: AbortSignal.timeout(10_000) });
  const { nodes } = (await reply.json()) as { nodes: NodeView[] };
  return Object.fromEntries(nodes.map(({ alias, reason, state }) => [alias, reason ?? state]));
}

describe('outgoing calls', () => {
  it('trust the authorities that the settings name, for all or for one node, and no others', async () => {
    const [first, second] = [await startTlsNode(), await startTlsNode()];
    const one = await startManager(
      nodeToml('trusted', first.url, 'ca_file = "ca.pem"') + nodeToml('unknown', second.url),
    );
    await expect
      .poll(() => nodesOf(one), { timeout: 20_000 })
      .toMatchObject({
        trusted: 'up',
        unknown: expect.stringContaining('Check the certificate'),
      });
    await closing.pop()?.();
    const all = await startManager(
      `${nodeToml('a', first.url)}${nodeToml('b', second.url)}[tls]\nca_files = ["ca.pem"]\n`,
    );
    await expect.poll(() => nodesOf(all), { timeout: 20_000 }).toEqual({ a: 'up', b: 'up' });
    await expect(startManager('[tls]\nca_files = ["none.pem"]\n')).rejects.toMatchObject({
      message: expect.stringMatching(/tls\.ca_files\[0\]: the file .*none\.pem cannot be read/),
    });
  });

  it('go through the proxy, also events and webhooks, with its password, and never do so unasked on this computer', async () => {
    const proxy = await startProxy('user:s3cret');
    closing.push(() => proxy.close());
    const hooked: string[] = [];
    const hook = createHttpServer((incoming, outgoing) => {
      hooked.push(incoming.url ?? '');
      outgoing.end();
    });
    await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done));
    closing.push(() => hook.close());
    const plain = await createFakeNode({ generation: 'head', connectDelayMs: 0 });
    closing.push(() => plain.close());
    const secure = await startTlsNode();
    const hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/alerts`;
    const toml = [
      nodeToml('plain', plain.url),
      nodeToml('secure', secure.url),
      nodeToml('dead', 'http://127.0.0.1:9'),
      `[[alerts.webhooks]]\nurl = "${hookUrl}"\n[tls]\nca_files = ["ca.pem"]\n[proxy]\nurl = "${proxy.url}"\n`,
    ].join('');
    const unasked = await startManager(toml);
    await expect
      .poll(() => nodesOf(unasked), { timeout: 20_000 })
      .toMatchObject({ plain: 'up', secure: 'up' });
    expect(proxy.seen).toEqual([]);
    await closing.pop()?.();
    const manager = await startManager(`${toml}loopback = true\n`);
    await expect
      .poll(() => nodesOf(manager), { timeout: 20_000 })
      .toMatchObject({ plain: 'up', secure: 'up' });
    expect(new Set(proxy.seen)).toEqual(
      new Set([`GET ${plain.url}`, `CONNECT ${new URL(secure.url).host}`, 'GET http://127.0.0.1:9']),
    );
    // Events arrive at once, so nothing on the way keeps them back.
    plain.publish('through-the-proxy', { codecs: ['h264'], bitrateBps: 1_000_000 });
    const streams = async () => (await fetch(`${manager.url}/api/streams/`)).text();
    await expect.poll(streams, { timeout: 2500, interval: 50 }).toContain('through-the-proxy');
    await expect.poll(() => hooked.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(proxy.seen).toContain(`POST ${new URL(hookUrl).origin}`);
  });
});

it('reaches a bucket through the proxy, with the key that the file names as it is stored now', async () => {
  const [s3, proxy] = [await startS3Server(), await startProxy()];
  closing.push(
    () => s3.close(),
    () => proxy.close(),
  );
  const manager = await startManager(
    `[recorder.storage]\ntype = "s3"\nbucket = "${s3.bucket}"\nregion = "${s3.region}"\nendpoint = "${s3.url}"\n` +
      `access_key_id = "${s3.keyId}"\nsecret_access_key = "keychain:s3-key"\n` +
      `[proxy]\nurl = "${proxy.url}"\nloopback = true\n`,
  );
  const storage = async () => {
    const reply = await fetch(`${manager.url}/api/status`, { signal: AbortSignal.timeout(10_000) });
    return ((await reply.json()) as SystemStatus).storage;
  };
  await expect.poll(storage, { timeout: 20_000 }).toMatchObject({
    isUp: false,
    problem: expect.stringContaining('liveman secret set s3-key'),
  });
  expect(proxy.seen).toEqual([]);
  const store = async (value: string) => {
    const reply = await fetch(`${manager.url}/api/secrets/s3-key`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value }),
    });
    expect(reply.status).toBe(200);
  };
  await store(s3.secret);
  await expect.poll(storage, { timeout: 20_000 }).toMatchObject({ isUp: true, problem: null });
  // A key that is changed counts without a start.
  const look = async () => (await fetch(`${manager.url}/api/record/object/cam1/1/v_seg_0001.m4s`)).status;
  expect(await look()).toBe(404);
  s3.secret = 'a secret after it';
  await expect.poll(look, { timeout: 20_000 }).toBeGreaterThanOrEqual(500);
  await store(s3.secret);
  await expect.poll(look, { timeout: 30_000, interval: 300 }).toBe(404);
  expect(proxy.seen.some((line) => line.endsWith(` ${s3.url}`))).toBe(true);
});

function serialOf(port: number): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connectTls(
      { port, host: '127.0.0.1', servername: 'localhost', ca: authority.cert },
      () => {
        done(socket.getPeerCertificate().serialNumber);
        socket.end();
      },
    );
    socket.on('error', fail);
  });
}

function textOf(url: string): Promise<string> {
  return new Promise((done, fail) => {
    httpsRequest(url, { ca: authority.cert }, async (reply) => {
      let text = '';
      for await (const chunk of reply.setEncoding('utf8')) text += chunk;
      done(text);
    })
      .on('error', fail)
      .end();
  });
}

/** What a client gets that speaks plain HTTP to `port`. */
function plainAnswer(port: number): Promise<string> {
  return new Promise((done) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    );
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => done(text));
    socket.on('error', () => done(text));
  });
}
