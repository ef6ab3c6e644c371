import { describe, expect, it } from 'vitest';
import { parseStreams } from '../nodes/parse-node-json.ts';
import { aliasFinder, linksOfStream } from './relay-links.ts';

const node = (alias: string, url: string) =>
  ({ node: { alias, url } }) as Parameters<typeof aliasFinder>[0][number];
const aliasOf = aliasFinder([
  node('a', 'http://10.0.0.5:7777'),
  node('b', 'http://10.0.0.6:7777/base'),
  node('c d', 'https://c.example.com'),
]);

describe('aliasFinder', () => {
  it.each([
    ['http://10.0.0.5:7777/whip/cam1', 'whip', 'a'],
    ['http://10.0.0.5:7777/whep/cam1', 'whip', null],
    ['http://10.0.0.6:7777/base/whep/cam%2F1', 'whep', 'b'],
    ['https://c.example.com:443/whip/cam1', 'whip', 'c d'],
    ['http://manager:8888/api/whip/c%20d/cam1', 'whip', 'c d'],
    ['http://manager:8888/api/whip/unknown/cam1', 'whip', null],
    ['http://elsewhere/whip/cam1', 'whip', null],
    ['nonsense', 'whip', null],
    ['', 'whep', null],
  ] as const)('%s as %s: %s', (url, verb, alias) => {
    expect(aliasOf(url, verb)).toBe(alias);
  });
});

describe('linksOfStream', () => {
  const [stream] = parseStreams([
    {
      id: 'cam1',
      publish: {
        leaveAt: 0,
        sessions: [
          { id: 'p', state: 'connected', cascade: { sourceUrl: 'http://10.0.0.6:7777/base/whep/cam1' } },
        ],
      },
      subscribe: {
        leaveAt: 0,
        sessions: [
          { id: 'viewer', state: 'connected' },
          {
            id: 'old',
            state: 'closed',
            leaveAt: 9,
            cascade: { targetUrl: 'http://10.0.0.6:7777/base/whip/cam1' },
          },
          {
            id: 'out',
            state: 'connecting',
            cascade: {
              targetUrl: 'http://else:1/whip/cam1',
              sessionUrl: 'http://else:1/session/cam1/far',
            },
          },
        ],
      },
    },
  ]);

  it('finds a pull at the publisher and a push at a subscriber, open ones only', () => {
    expect(linksOfStream('a', stream!, aliasOf)).toMatchObject([
      { mode: 'pull', source: 'b', target: 'a', session: 'p', owner: 'a', peerSession: null },
      { mode: 'push', source: 'a', target: null, session: 'out', owner: 'a', peerSession: 'far' },
    ]);
  });
});
