import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseInfo, parseStrategy, parseStreams } from './parse-node-json.ts';

/** Bodies real nodes of both versions answered with, by path. */
function capturedBodies(version: string, path: RegExp): unknown[] {
  const folder = new URL(`../../../e2e/fixtures/captures/${version}/`, import.meta.url);
  return ['01-idle', '04-publish', '06-cascade', '08-leave'].flatMap((name) =>
    readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter((entry) => entry.request?.method === 'GET' && entry.response?.status === 200)
      .filter((entry) => path.test(new URL(entry.request.url).pathname))
      .map((entry) =>
        typeof entry.response.body === 'string' ? JSON.parse(entry.response.body) : entry.response.body,
      ),
  );
}

describe.each(['head', 'v0.9.0'])('answers of a real node (%s)', (version) => {
  it('reads every stream list', () => {
    const bodies = capturedBodies(version, /^\/api\/streams\/$/);
    expect(bodies.length).toBeGreaterThan(3);
    for (const body of bodies) {
      for (const stream of parseStreams(body)) {
        expect(stream.id).not.toBe('');
        for (const session of [...stream.publish.sessions, ...stream.subscribe.sessions]) {
          expect(session.stats.bitrate).toBeTypeOf('number');
          expect(session.leaveAt).toBeTypeOf('number');
        }
      }
    }
  });

  it('reads the strategy', () => {
    const [body] = capturedBodies(version, /^\/api\/strategy\/$/);
    expect(parseStrategy(body)).toMatchObject({ auto_create_whip: true });
  });
});

it('gives an empty strategy the defaults of nodes', () => {
  expect(parseStrategy({})).toMatchObject({ each_stream_max_sub: 65535, auto_delete_whip: -1 });
});

it.each([null, {}, 'x', [1], [{}]])('says that %j is not a stream list', (json) => {
  expect(() => parseStreams(json)).toThrow(TypeError);
});

it('says that a page is not server information', () => {
  expect(() => parseInfo({ hello: 1 })).toThrow('version');
});
