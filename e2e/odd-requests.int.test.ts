import { connect } from 'node:net';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { httpRoutes } from '../src-shared/contract/http-routes.ts';
import type { RouteSpec } from '../src-shared/contract/route.ts';
import {
  type Ask,
  ask,
  baseUrl,
  loggedErrors,
  setUpAccessBench,
  startManager,
} from './support/access-bench.ts';
import { SECRET, STATIC_TOKEN } from './support/access-credentials.ts';

/** Whatever a client sends, the answer is none of ours to be ashamed of: no 500, and no exception in the log. */

setUpAccessBench();

beforeAll(async () => {
  await startManager(`[auth]\nsecret = "${SECRET}"\ntokens = ["${STATIC_TOKEN}"]\n`);
});

const routes = Object.values(httpRoutes) as RouteSpec[];
/** These work on the whole of what is there, or end what the test sits on. */
const LEFT_OUT = ['/api/retention/run', '/api/profiles', '/api/demo'];
const tried = routes.filter(({ path }) => !LEFT_OUT.some((part) => path.startsWith(part)));

const oddText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '..',
    '.',
    '',
    '%',
    '%2',
    '%zz',
    '%00',
    '%2e%2e%2f',
    '%c0%ae',
    '😀',
    '\u202e',
    ' ',
    '*',
    '-1',
    '1e309',
    '999999999999999999999',
    'null',
    '[]',
    "' OR 1=1 --",
    '../../etc/passwd',
    'a'.repeat(3000),
  ),
);
const encoded = oddText.map((text) => encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8')));
const pathPart = fc.oneof(
  encoded,
  fc.constantFrom('%', '%2', '%zz', '%00', '..', '%2e%2e', '%c0%ae%c0%ae', 'x%2f..%2fy'),
);
const oddJson = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"__proto__":{"x":1}}',
    '{"constructor":1}',
    '{"username":"\\u0000","password":"\\u0000"}',
    '{"stream":"\\u0000","startUs":1,"endUs":2}',
    '{"id":"\\ud800","duration":1,"subscribe":true,"publish":true,"admin":true}',
  ),
);
const NAMES = [
  'stream',
  'start_ts',
  'end_ts',
  'limit',
  'offset',
  'nodes',
  'node',
  'cursor',
  'from_ms',
  'to_ms',
  'text',
  'ts',
  'month',
  'time_zone',
  'state',
  'id',
  'format',
  'expires',
  'signature',
  'who',
];
const query = fc
  .array(
    fc.tuple(fc.constantFrom(...NAMES), fc.oneof(encoded, fc.integer().map(String), fc.double().map(String))),
    { maxLength: 5 },
  )
  .map((pairs) => (pairs.length > 0 ? `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}` : ''));
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 80,
});
const headers = fc.record(
  {
    range: fc.oneof(
      headerText,
      fc.constantFrom(
        'bytes=0-',
        'bytes=-1',
        'bytes=5-1',
        'bytes=0-0,1-1',
        'bytes=99999999999999999999-',
        'bytes=a-b',
      ),
    ),
    cookie: fc.oneof(
      headerText,
      fc.constantFrom(
        'liveman_session=',
        'liveman_session=%',
        'liveman_session=a; liveman_session=b',
        ';;;=',
      ),
    ),
    'if-none-match': headerText,
    'content-type': fc.constantFrom(
      'application/json',
      'text/plain',
      'application/sdp',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      ';',
      'application/vnd.x+json',
    ),
    accept: headerText,
    origin: fc.constantFrom('null', 'http://evil.example', 'app://liveman', 'x'),
    'sec-fetch-site': fc.constantFrom('cross-site', 'same-origin', 'none', 'x'),
    upgrade: fc.constantFrom('websocket', 'h2c'),
  },
  { requiredKeys: [] },
);
const credential = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Ask>({ token: STATIC_TOKEN }) },
  { weight: 1, arbitrary: headerText.map((authorization): Ask => ({ headers: { authorization } })) },
  { weight: 1, arbitrary: headerText.map((text): Ask => ({ token: `${btoa(text)}.${btoa(text)}.x` })) },
);

/** Statuses that say something about the node, the database or the storage are not our fault. */
const isFault = (status: number) => status === 500 || status < 100 || status > 599;
const faults = () =>
  loggedErrors.filter(
    (line) =>
      !/no_available_node|node_|No node|not reach/i.test(line) &&
      /"status":500|TypeError|RangeError|SyntaxError|internal/.test(line),
  );

/** Names of the numbers in a query. */
function numbersOf(schema: RouteSpec['query']): string[] {
  const { properties = {} } = (schema ?? {}) as { properties?: Record<string, { type?: string }> };
  return Object.keys(properties).filter((name) => /integer|number/.test(properties[name]?.type ?? ''));
}

describe('odd requests', () => {
  it('of every route are answered without a fault', async () => {
    const request = fc.record({
      spec: fc.constantFrom(...tried),
      parts: fc.array(pathPart, { minLength: 4, maxLength: 4 }),
      query,
      body: fc.option(oddJson, { nil: undefined }),
      headers,
      credential,
    });
    await fc.assert(
      fc.asyncProperty(
        request,
        async ({ body, credential: asked, headers: sent, parts, query: search, spec }) => {
          const rest = [...parts];
          const path = spec.path.replace(/\{\*?\w+\}/g, () => rest.pop() ?? 'x') + search;
          const mayHaveBody = spec.method !== 'GET';
          const { upgrade: _, ...plain } = sent;
          const { status } = await ask(spec.method, path, {
            ...asked,
            ...(mayHaveBody && body !== undefined ? { rawBody: body } : {}),
            headers: {
              ...(body === undefined ? {} : { 'content-type': 'application/json' }),
              ...plain,
              ...asked.headers,
            },
          });
          expect(isFault(status), `${spec.method} ${path}: ${status}`).toBe(false);
        },
      ),
      { numRuns: 600, endOnFailure: true },
    );
    expect(faults()).toEqual([]);
  }, 240_000);

  it.each(['%00', '%ff', '%2e%2e%2fx', 'a%00b'])(
    'with %s for every name are answered without a fault',
    async (part) => {
      const wrong: string[] = [];
      for (const spec of tried) {
        const path = spec.path.replace(/\{\*?\w+\}/g, part);
        const search = spec.query
          ? `?stream=${part}&start_ts=1&end_ts=2&text=${part}&who=${part}&node=${part}`
          : '';
        const { status } = await ask(spec.method, path + search, { token: STATIC_TOKEN });
        if (isFault(status)) wrong.push(`${spec.method} ${path}${search}: ${status}`);
      }
      expect(wrong).toEqual([]);
    },
  );

  it.each(['1e30', '99999999999999999999', '9007199254740993', '-1', '1.5', 'NaN'])(
    'with %s for every number are answered without a fault',
    async (number) => {
      const wrong: string[] = [];
      for (const spec of tried) {
        const path = spec.path.replace(/\{\*?\w+\}/g, 'cam1');
        for (const name of numbersOf(spec.query)) {
          // What else is needed is there, so that the odd one gets as far as it can.
          const search = new URLSearchParams({
            stream: 'cam1',
            start_ts: '1',
            end_ts: '2',
            ts: '1',
            [name]: number,
          });
          const { status } = await ask(spec.method, `${path}?${search}`, { token: STATIC_TOKEN });
          if (isFault(status)) wrong.push(`${spec.method} ${path}?${search}: ${status}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(faults()).toEqual([]);
    },
  );

  it('that are no HTTP, or nearly, end with an answer or a closed connection', async () => {
    const { hostname, port } = new URL(baseUrl());
    const line = fc.oneof(fc.string({ unit: 'binary' }), headerText);
    const raw = fc.oneof(
      fc.tuple(line, line, line).map(([a, b, c]) => `GET /${a} HTTP/1.1\r\nHost: ${b}\r\n${c}\r\n\r\n`),
      line.map((text) => `${text}\r\n\r\n`),
      fc.constantFrom(
        'GET / HTTP/1.1\r\n\r\n',
        'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
        'GET /api/session HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n',
        'POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'GET //evil.example/%2e%2e HTTP/1.1\r\nHost: localhost\r\n\r\n',
        'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n',
        'CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      ),
    );
    await fc.assert(
      fc.asyncProperty(raw, async (text) => {
        const answer = await new Promise<string>((resolve) => {
          const socket = connect(Number(port), hostname);
          let found = '';
          socket.setTimeout(300, () => socket.destroy());
          socket.on('data', (chunk) => {
            found += chunk;
          });
          socket.on('error', () => {});
          socket.on('close', () => resolve(found));
          socket.end(text);
        });
        expect(answer).not.toMatch(/^HTTP\/1\.1 (500|101)/);
      }),
      { numRuns: 100, endOnFailure: true },
    );
    expect((await ask('GET', '/healthz')).status).toBe(200);
    expect(faults()).toEqual([]);
  }, 120_000);
});
