import { gunzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { SharedText } from '../nodes/shared-text.ts';
import { acceptsGzip, sendSharedText } from './send-shared-text.ts';

it('sends the text as it was asked for, and nothing twice', async () => {
  let text = JSON.stringify('x'.repeat(5000));
  let version = 0;
  const shared = new SharedText({ clock: systemClock, readVersion: () => version, build: () => text });
  const app = Fastify();
  app.get('/', (request, reply) => sendSharedText(request, reply, shared));
  const get = (headers: Record<string, string> = {}) => app.inject({ url: '/', headers });

  const plain = await get();
  expect(plain.body).toBe(text);
  expect(plain.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'private, no-cache',
    vary: 'accept-encoding',
  });
  expect(plain.headers).not.toHaveProperty('content-encoding');
  const packed = await get({ 'accept-encoding': 'gzip, deflate, br' });
  expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', etag: plain.headers.etag });
  expect(gunzipSync(packed.rawPayload).toString()).toBe(text);

  const etag = String(plain.headers.etag);
  for (const known of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
    const again = await get({ 'if-none-match': known, 'accept-encoding': 'gzip' });
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
  }
  text = JSON.stringify('y');
  version += 1;
  await expect.poll(async () => (await get({ 'if-none-match': etag })).body).toBe(text);
  await app.close();
});

it('packs only for those who take it', () => {
  for (const [accepted, isTaken] of [
    [undefined, false],
    ['', false],
    ['identity', false],
    ['br, GZIP', true],
    ['gzip;q=0, *', false],
    ['*;q=0.5', true],
    ['deflate, gzip;q=1.0', true],
  ] as const) {
    expect([accepted, acceptsGzip(accepted)]).toEqual([accepted, isTaken]);
  }
});
