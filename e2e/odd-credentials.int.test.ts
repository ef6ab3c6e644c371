import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { baseUrl, dataFolder, loggedErrors, setUpAccessBench, startManager } from './support/access-bench.ts';
import { SECRET, STATIC_TOKEN } from './support/access-credentials.ts';

/**
 * The parsers of tokens, cookies, ranges and paths, through a whole manager: no answer of ours is a 5xx, and nothing
 * stands in the log as an error.
 */

setUpAccessBench();

const OBJECT = 'cam1/1790000500/v_seg_0001.m4s';
const BYTES = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));

beforeAll(async () => {
  await startManager(`[auth]\nsecret = "${SECRET}"\ntokens = ["${STATIC_TOKEN}"]\n`);
  const path = join(dataFolder(), 'storage', OBJECT);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, BYTES);
});
afterEach(() => expect(loggedErrors).toEqual([]));

/** A request as it is, as some libraries would mend it; header values are bytes. */
function send(path: string, headers: Record<string, string>): Promise<{ status: number; body: Buffer }> {
  const { hostname, port } = new URL(baseUrl());
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, headers, timeout: 20_000 }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: Buffer.concat(chunks) }));
    });
    call.on('error', reject);
    call.end();
  });
}

const isOurs = ({ status }: { status: number }) => status >= 200 && status < 500;
const headerText = fc.string({
  // All that HTTP lets through: no DEL.
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code === 0x7f ? 0x20 : code)),
  maxLength: 200,
});
const runs = (numRuns: number) => ({ numRuns, endOnFailure: true });
const LIMIT_MS = 180_000;

const part = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
function jwt(header: unknown, payload: unknown): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

it('answers to rightly signed tokens with any claims', { timeout: LIMIT_MS }, async () => {
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>('*', 7, 4_000_000_000, -1, Number.MAX_VALUE, 'cam1', '\u0000'),
  );
  const payload = fc.oneof(
    fc.record(
      { id: odd, mode: odd, exp: odd, jti: odd, liveman_account: odd, nbf: odd, iat: odd, aud: odd },
      { requiredKeys: [] },
    ),
    fc.record({
      id: fc.oneof(fc.constant('*'), fc.string({ unit: 'binary' })),
      mode: fc.integer({ min: -1, max: 300 }),
      exp: fc.constant(4_000_000_000),
      jti: odd,
      liveman_account: odd,
    }),
    fc.jsonValue(),
  );
  const header = fc.oneof(
    fc.constant({ alg: 'HS256', typ: 'JWT' }),
    fc.record({ alg: fc.constantFrom('HS256', 'none', 'RS256', 'HS512'), crit: odd, kid: odd, b64: odd }),
  );
  const paths = fc.constantFrom(
    '/api/streams/',
    '/api/session',
    '/api/record/cam1',
    '/api/accounts',
    '/api/exports',
  );
  const property = fc.asyncProperty(header, payload, paths, async (top, claims, path) => {
    const answer = await send(path, { authorization: `Bearer ${jwt(top, claims)}` });
    expect(isOurs(answer), `${answer.status}: ${JSON.stringify(claims)}`).toBe(true);
  });
  await fc.assert(property, runs(400));
});

it('answers to any credential in any header', { timeout: LIMIT_MS }, async () => {
  const value = fc.oneof(
    headerText,
    headerText.map((text) => `Bearer ${text}`),
    headerText.map((text) => `Basic ${Buffer.from(text).toString('base64')}`),
    headerText.map((text) => `Bearer lms_${text}`),
    fc.constantFrom(
      'Bearer',
      'Bearer ',
      'bearer\t',
      'Bearer a.b.c',
      'Bearer ...',
      `Bearer ${'x'.repeat(6000)}`,
    ),
  );
  const cookie = fc.oneof(
    headerText,
    headerText.map((text) => `liveman_session=${text}`),
    fc.constantFrom(
      'liveman_session=%E0%A4%A',
      'liveman_session="',
      `liveman_session=lms_${'A'.repeat(43)}`,
      '=;=',
      ';',
    ),
  );
  const property = fc.asyncProperty(value, cookie, headerText, async (authorization, cookies, desktop) => {
    const answers = await Promise.all([
      send('/api/session', { authorization }),
      send('/api/cluster', { cookie: cookies }),
      send('/api/cluster', { 'x-liveman-desktop': desktop }),
    ]);
    for (const answer of answers) expect(isOurs(answer), `${answer.status}`).toBe(true);
    expect(answers[1]?.status).toBe(401);
  });
  await fc.assert(property, runs(300));
});

it('answers to any range with its bytes, all of them, or a refusal', { timeout: LIMIT_MS }, async () => {
  const number = fc.oneof(
    fc.nat(2000),
    fc.constantFrom('', '-1', '1e3', '99999999999999999999', ' 5', '0x1'),
  );
  const range = fc.oneof(
    headerText,
    fc.tuple(number, number).map(([from, to]) => `bytes=${from}-${to}`),
    fc.tuple(number, number, number).map(([a, b, c]) => `bytes=${a}-${b},${c}-`),
    fc
      .tuple(fc.constantFrom('items', 'BYTES', 'bytes ', ''), number)
      .map(([unit, from]) => `${unit}=${from}-`),
  );
  const authorization = `Bearer ${STATIC_TOKEN}`;
  const property = fc.asyncProperty(range, fc.option(headerText), async (asked, ifRange) => {
    const headers = { authorization, range: asked, ...(ifRange === null ? {} : { 'if-range': ifRange }) };
    const { body, status } = await send(`/api/record/object/${OBJECT}`, headers);
    expect([200, 206, 400, 416], asked).toContain(status);
    if (status === 200) expect(body.equals(BYTES)).toBe(true);
    if (status === 206) expect(BYTES.includes(body)).toBe(true);
  });
  await fc.assert(property, runs(300));
});

it('answers to any path', { timeout: LIMIT_MS }, async () => {
  const name = fc.oneof(
    fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((text) => encodeURIComponent(Buffer.from(text).toString())),
    fc.constantFrom(
      '..',
      '%2e%2e',
      '%2f',
      '%00',
      '%ff',
      '%c0%ae',
      '%',
      '%zz',
      '%5c',
      'cam1%2F..%2Fcam2',
      '',
      ';',
      '*',
    ),
  );
  const base = fc.constantFrom(
    '/api/record/object/',
    '/api/streams/',
    '/api/record/',
    '/api/storage/object/',
    '/session/',
    '/report-as/',
    '/api/playback/',
    '/assets/',
    '/',
  );
  const property = fc.asyncProperty(base, fc.array(name, { maxLength: 5 }), async (start, names) => {
    const path = start + names.join('/');
    const { body, status } = await send(path, { authorization: `Bearer ${STATIC_TOKEN}` });
    expect(status < 500 && status >= 200, `${path}: ${status}`).toBe(true);
    expect(body.toString('latin1')).not.toContain(SECRET);
  });
  await fc.assert(property, runs(400));
});
