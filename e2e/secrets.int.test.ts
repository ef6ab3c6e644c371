import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import { loadOsKeychain } from '../src-main/core/secrets/keychain.ts';
import { startKeyring, type TestKeyring } from '../src-main/core/secrets/keyring-test-kit.ts';
import { createFakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import type { NodeView } from '../src-shared/model/node-view.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** Secrets that liveman.toml names: the command line, the manager and a real keyring together. */

const MAIN = resolve(import.meta.dirname, '../out/headless/main.js');
let keyring: TestKeyring;
let test: TestDatabase;
let folder: string;
let closing: (() => Promise<unknown> | unknown)[];

beforeAll(async () => {
  keyring = await startKeyring();
  keyring.enter();
});
afterAll(() => keyring.close());
beforeEach(async () => {
  await keyring.unlock();
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-secrets-'));
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `liveman secret ...` on the data folder; never rejects. */
function secret(args: readonly string[], input = '') {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const argv = [MAIN, 'secret', ...args, '--data', folder];
    const options = { cwd: folder, env: { ...process.env, ...keyring.env }, timeout: 20_000 };
    const child = execFile(process.execPath, argv, options, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

async function startManager(toml: string, env: Record<string, string> = {}): Promise<Manager> {
  const manager = await createTestManager({
    folder,
    databaseUrl: test.url,
    toml,
    env,
    loadKeychain: loadOsKeychain,
  });
  closing.push(() => manager.close());
  return manager;
}

it('stores, lists, moves and removes secrets from the command line, never from its arguments', async () => {
  expect(await secret(['set', 'edge'], 'sesame\n')).toMatchObject({ code: 0, stdout: '' });
  expect(await secret(['list'])).toMatchObject({
    stdout: 'edge\n',
    stderr: expect.stringContaining('keychain'),
  });
  expect((await secret(['set', 'edge', 'sesame'])).stderr).toContain('on standard input');
  expect(await secret(['set', 'no/name'], 'x')).toMatchObject({ code: 1 });
  expect(await secret(['set', 'empty'])).toMatchObject({ code: 1, stderr: expect.stringContaining('empty') });
  await keyring.lock();
  expect((await secret(['set', 'other'], 'x')).stderr).toContain('Unlock it');
  await keyring.unlock();
  expect((await secret(['move', 'file'])).stderr).toContain('secrets.sealed');
  expect((await secret(['get-names'])).stdout).toBe('edge\n');
  expect(await secret(['delete', 'edge'])).toMatchObject({ code: 0 });
  expect((await secret(['delete', 'edge'])).stderr).toContain('no secret edge');
});

it('loses nothing that several programs store at once', async () => {
  const names = Array.from({ length: 6 }, (_, i) => `at-once-${i}`);
  await secret(['move', 'file']);
  const stored = await Promise.all(names.map((name) => secret(['set', name], `value of ${name}`)));
  expect(stored.map(({ code }) => code)).toEqual(names.map(() => 0));
  expect((await secret(['list'])).stdout.trim().split('\n')).toEqual(names);
  // Who did what at the command line is in the audit log of the manager.
  const manager = await startManager('');
  const audit = async () => {
    const reply = await fetch(`${manager.url}/api/audit?action=${encodeURIComponent('store secret')}`);
    return ((await reply.json()) as { entries: { object: string; credential: string; who: string }[] })
      .entries;
  };
  await expect.poll(async () => (await audit()).length, { timeout: 20_000 }).toBe(names.length);
  expect((await audit())[0]).toMatchObject({ credential: 'system', who: userInfo().username });
});

it('shows a node as locked while its token cannot be read, and goes on by itself once it can', async () => {
  await secret(['set', 'edge'], 'sesame');
  const node = await createFakeNode({ generation: 'head', connectDelayMs: 0, tokens: ['sesame'] });
  closing.push(() => node.close());
  await keyring.lock();
  const manager = await startManager(
    `[[nodes]]\nalias = "edge-1"\nurl = "${node.url}"\ntoken = "keychain:edge"\n`,
  );
  const seen = async () => {
    const reply = await fetch(`${manager.url}/api/cluster`, { signal: AbortSignal.timeout(10_000) });
    return ((await reply.json()) as { nodes: NodeView[] }).nodes[0];
  };
  await expect.poll(seen, { timeout: 20_000 }).toMatchObject({
    state: 'auth-failed',
    isTokenLocked: true,
    reason: expect.stringContaining('The secret edge cannot be read. The keychain is locked'),
  });
  await keyring.unlock();
  await expect
    .poll(seen, { timeout: 30_000 })
    .toMatchObject({ state: 'up', isTokenLocked: false, reason: null });
});

it('does not start without a secret that guards it, and leaves out what is optional', async () => {
  const guarded = startManager('[auth]\nsecret = "keychain:jwt"\n');
  await expect(guarded).rejects.toMatchObject({
    message: expect.stringMatching(/liveman\.toml:2: auth\.secret: .*liveman secret set jwt/),
  });
  const fromEnv = startManager('[auth]\ntokens = ["env:LIVEMAN_TEST_TOKEN"]\n');
  await expect(fromEnv).rejects.toMatchObject({
    message: expect.stringContaining('LIVEMAN_TEST_TOKEN is not set'),
  });
  const manager = await startManager(
    '[auth]\ntokens = ["env:LIVEMAN_TEST_TOKEN"]\n[[alerts.webhooks]]\nurl = "keychain:hook"\n',
    { LIVEMAN_TEST_TOKEN: 'from-the-environment' },
  );
  const status = async (token: string) =>
    (await fetch(`${manager.url}/api/cluster`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect([await status('env:LIVEMAN_TEST_TOKEN'), await status('from-the-environment')]).toEqual([401, 200]);
});

it('raises an alert while the keychain is locked, and sends alerts to a webhook once its secret can be read', async () => {
  const received: { body: string; headers: IncomingHttpHeaders }[] = [];
  const hook = createServer(async (request, reply) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ body, headers: request.headers });
    reply.end();
  });
  await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done));
  closing.push(() => hook.close());
  await secret(['set', 'hook'], 'first-key');
  await keyring.lock();
  const { port } = hook.address() as AddressInfo;
  const manager = await startManager(
    `[[alerts.webhooks]]\nurl = "http://127.0.0.1:${port}/"\nsecret = "keychain:hook"\n`,
  );
  const ask = async (path: string) => {
    const reply = await fetch(manager.url + path, { signal: AbortSignal.timeout(25_000) });
    return JSON.parse(await reply.text());
  };
  const openKinds = async () =>
    (await ask('/api/alerts?state=open')).alerts.map(({ kind }: { kind: string }) => kind);
  await expect.poll(openKinds, { timeout: 40_000 }).toContain('keychain-trouble');
  const status = await ask('/api/status');
  expect(status.secrets).toMatchObject({ missing: null, problem: expect.stringContaining('Unlock it') });
  expect(status.notices.join()).toContain('Until then these wait: alerts.webhooks[0].secret.');
  expect(received).toEqual([]);

  await keyring.unlock();
  await expect.poll(openKinds, { timeout: 40_000 }).not.toContain('keychain-trouble');
  const about = (kind: string) => received.filter(({ body }) => JSON.parse(body).alert.kind === kind);
  await expect.poll(() => about('keychain-trouble').length, { timeout: 20_000 }).toBe(2);
  expect(about('keychain-trouble').map(({ body }) => JSON.parse(body).event)).toEqual(['opened', 'closed']);
  for (const message of received) expectSigned(message, 'first-key');

  // Another program changes and then removes it; nothing is started again.
  await secret(['delete', 'hook']);
  await expect.poll(openKinds, { timeout: 30_000 }).toContain('secret-missing');
  expect((await ask('/api/status')).secrets).toMatchObject({
    problem: null,
    missing: expect.stringContaining('liveman secret set hook'),
  });
  await secret(['set', 'hook'], 'second-key');
  await expect.poll(() => about('secret-missing').length, { timeout: 40_000 }).toBeGreaterThan(0);
  for (const message of about('secret-missing')) expectSigned(message, 'second-key');
});

function expectSigned({ body, headers }: { body: string; headers: IncomingHttpHeaders }, key: string): void {
  const signed = createHmac('sha256', key).update(`${headers['x-liveman-timestamp']}.${body}`).digest('hex');
  expect(headers['x-liveman-signature']).toBe(`sha256=${signed}`);
}
