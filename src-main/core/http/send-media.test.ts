import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { sendError } from './error-reply.ts';
import { type Representation, sendMedia } from './send-media.ts';

const content = randomBytes(3_000_000);
let app: FastifyInstance;
afterEach(() => app.close());

/** Serves `open` at `/`, as the routes do. */
async function serve(open: Representation['open'], sizeBytes = content.length): Promise<string> {
  app = Fastify();
  app.get('/', {
    errorHandler: (error, request, reply) => sendError(error, request, reply, 'ours', silentLogger),
    handler: (request, reply) =>
      sendMedia(request, reply, {
        sizeBytes,
        etag: 'x',
        contentType: 'video/mp4',
        cacheControl: 'no-cache',
        open,
      }),
  });
  return app.listen({ port: 0, host: '127.0.0.1' });
}

/** Fills one buffer again and again, as a store may. */
async function* oneBuffer(startByte: number, endByte: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(100_000);
  for (let at = startByte; at < endByte; at += buffer.length) {
    const taken = content.copy(buffer, 0, at, Math.min(at + buffer.length, endByte));
    yield buffer.subarray(0, taken);
    buffer.fill(0);
  }
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it('sends all bytes and ranges from a buffer that is used again', async () => {
  const url = await serve(oneBuffer);
  for (let i = 0; i < 3; i += 1) {
    const whole = await fetch(url);
    expect(whole.headers.get('content-length')).toBe('3000000');
    expect(whole.headers.get('content-type')).toBe('video/mp4');
    expect(digest(new Uint8Array(await whole.arrayBuffer()))).toBe(digest(content));
  }
  const part = await fetch(url, { headers: { range: 'bytes=1000-2500000' } });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe('bytes 1000-2500000/3000000');
  expect(digest(new Uint8Array(await part.arrayBuffer()))).toBe(digest(content.subarray(1000, 2_500_001)));
});

it('sends an empty object, and none for HEAD', async () => {
  const url = await serve(oneBuffer, 0);
  const empty = await fetch(url);
  expect(empty.status).toBe(200);
  expect((await empty.arrayBuffer()).byteLength).toBe(0);
  expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('0');
});

it('tells for HEAD what GET would send', async () => {
  const url = await serve(oneBuffer);
  for (const headers of [{}, { range: 'bytes=1000-1999' }] as Record<string, string>[]) {
    const [head, get] = await Promise.all([fetch(url, { method: 'HEAD', headers }), fetch(url, { headers })]);
    await get.arrayBuffer();
    expect(head.status).toBe(get.status);
    for (const name of ['content-length', 'content-range', 'content-type', 'etag'])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
  }
});

it('says in words what fails before the first byte', async () => {
  const url = await serve(async function* (startByte) {
    if (startByte > 0) throw new AppError('object_missing', 'It is gone.');
    yield content;
  });
  const response = await fetch(url, { headers: { range: 'bytes=5-' } });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: 'object_missing', message: 'It is gone.' });
  expect(response.headers.get('content-range')).toBeNull();
  expect(response.headers.get('etag')).toBeNull();
});

it('breaks off when reading fails later, so that nobody takes a part for the whole', async () => {
  const url = await serve(async function* () {
    yield content.subarray(0, 1000);
    throw new AppError('storage_unavailable', 'The disk is gone.');
  });
  const response = await fetch(url);
  await expect(response.arrayBuffer()).rejects.toThrow();
});

it('stops reading when the client goes away, and reads no further than it takes', async () => {
  let sentBytes = 0;
  let onEnd = (): void => {};
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  const url = await serve(async function* () {
    try {
      for (; sentBytes < 1e9; sentBytes += content.length) yield content;
    } finally {
      onEnd();
    }
  }, 1e9);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await once(socket, 'readable');
  socket.destroy();
  await ended;
  expect(sentBytes).toBeLessThan(100_000_000);
});
