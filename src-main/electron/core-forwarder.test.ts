import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreEndpoint, forwardToCore } from './core-forwarder.ts';

let server: http.Server;
let core: CoreEndpoint;
let handle: http.RequestListener;

beforeEach(async () => {
  server = http.createServer((request, response) => handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  core = { origin: `http://127.0.0.1:${port}`, secret: 'secret of this start' };
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
});

const page = (path: string, init?: RequestInit) => new Request(`app://liveman${path}`, init);

describe('forwardToCore', () => {
  test('sends method, path, headers and body with the credential, and returns the answer', async () => {
    let seen = {};
    handle = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        seen = {
          method: request.method,
          url: request.url,
          secret: request.headers['x-liveman-desktop'],
          type: request.headers['content-type'],
          origin: request.headers.origin,
          body: Buffer.concat(chunks).toString(),
        };
        response.writeHead(201, { Location: '/session/cam1/1', 'Set-Cookie': 'a=b' }).end('answer');
      });
    };
    const response = await forwardToCore(
      page('/whip/cam%201?a=b', {
        method: 'POST',
        body: 'offer',
        headers: { 'Content-Type': 'application/sdp', Origin: 'app://liveman' },
      }),
      core,
    );
    expect(seen).toEqual({
      method: 'POST',
      url: '/whip/cam%201?a=b',
      secret: 'secret of this start',
      type: 'application/sdp',
      origin: undefined,
      body: 'offer',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('/session/cam1/1');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).toBe('answer');
  });

  test.each([204, 304])('passes %i on without a body', async (status) => {
    handle = (_request, response) => response.writeHead(status, { ETag: '"1"' }).end();
    const response = await forwardToCore(page('/api/nodes/'), core);
    expect(response.status).toBe(status);
    expect(response.headers.get('etag')).toBe('"1"');
    expect(response.body).toBeNull();
  });

  test('passes live events on as they come', async () => {
    let send: (text: string) => void = () => {};
    handle = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.flushHeaders();
      send = (text) => response.write(text);
    };
    const response = await forwardToCore(page('/api/events'), core);
    const reader = response.body?.getReader();
    for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
      send(text);
      expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(text);
    }
    await reader?.cancel();
  });

  test('an answer nobody reads any more is ended at the core', async () => {
    const closed = closeOfResponse();
    const response = await forwardToCore(page('/api/events'), core);
    await response.body?.cancel();
    await closed;
  });

  test('an aborted request is ended at the core', async () => {
    const closed = closeOfResponse();
    const controller = new AbortController();
    const response = await forwardToCore(page('/api/events', { signal: controller.signal }), core);
    const text = response.text();
    controller.abort();
    await expect(text).rejects.toThrow();
    await closed;
  });

  test('holds back a core that is faster than the window', async () => {
    let written = 0;
    handle = (_request, response) => {
      const chunk = Buffer.alloc(256 * 1024);
      const write = (): void => {
        while (written < 1000) {
          written += 1;
          if (!response.write(chunk)) {
            response.once('drain', write);
            return;
          }
        }
        response.end();
      };
      write();
    };
    const response = await forwardToCore(page('/api/record/object/a'), core);
    const reader = response.body?.getReader();
    await reader?.read();
    // Socket buffers take some megabytes; the whole is 250 MB.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(written).toBeLessThan(200);
    await reader?.cancel();
  });

  test('a core that is not there is a network error', async () => {
    server.close();
    await once(server, 'close');
    expect((await forwardToCore(page('/api/nodes/'), core)).type).toBe('error');
  });

  test('a core that does not answer is given up', async () => {
    handle = () => {};
    const response = await forwardToCore(page('/api/nodes/'), { ...core, answerTimeoutMs: 50 });
    expect(response.type).toBe('error');
  });
});

/** Answers the next request with an endless body and resolves when the connection is closed from outside. */
function closeOfResponse(): Promise<void> {
  return new Promise((resolve) => {
    handle = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 1\n\n');
      response.once('close', () => resolve());
    };
  });
}
