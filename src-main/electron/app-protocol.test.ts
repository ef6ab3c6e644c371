import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const electron = vi.hoisted(() => ({
  privileged: [] as unknown[],
  handlers: new Map<string, (request: Request) => Promise<Response>>(),
}));

vi.mock('electron', () => ({
  protocol: {
    registerSchemesAsPrivileged: (schemes: unknown[]) => electron.privileged.push(...schemes),
    handle: (scheme: string, handler: (request: Request) => Promise<Response>) =>
      electron.handlers.set(scheme, handler),
  },
}));

const { registerAppScheme, setupAppProtocol } = await import('./app-protocol.ts');

let folder: string;
let core: http.Server;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'app protocol-'));
  await writeFile(path.join(folder, 'index.html'), '<!doctype html>');
  core = http.createServer((request, response) => {
    response.end(`${request.method} ${request.url} with ${request.headers['x-liveman-desktop']}`);
  });
  core.listen(0, '127.0.0.1');
  await once(core, 'listening');
  const { port } = core.address() as AddressInfo;
  setupAppProtocol(folder, { origin: `http://127.0.0.1:${port}`, secret: 's3' });
});
afterAll(async () => {
  core.closeAllConnections();
  core.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(url: string, init?: RequestInit) {
  const handler = electron.handlers.get('app');
  if (!handler) throw new Error('the scheme has no handler');
  const response = await handler(new Request(url, init));
  return { status: response.status, text: await response.text() };
}

test('the scheme is an origin of its own, as safe as https', () => {
  registerAppScheme();
  expect(electron.privileged).toEqual([
    { scheme: 'app', privileges: expect.objectContaining({ standard: true, secure: true, stream: true }) },
  ]);
});

test('files come from the built window and the API from the core', async () => {
  expect(await ask('app://liveman/')).toEqual({ status: 200, text: '<!doctype html>' });
  expect(await ask('app://liveman/api/nodes/?a=1', { method: 'DELETE' })).toEqual({
    status: 200,
    text: 'DELETE /api/nodes/?a=1 with s3',
  });
});

test.each([
  ['app://elsewhere/api/nodes/', 'GET'],
  ['app://liveman/index.html', 'POST'],
  ['app://liveman/absent.js', 'GET'],
])('%s (%s) is answered by nobody', async (url, method) => {
  expect(await ask(url, { method })).toEqual({ status: 404, text: 'not found' });
});
