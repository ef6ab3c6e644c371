import { describe, expect, it } from 'vitest';
import type { Session } from '../model/node-json.ts';
import { relayEndsOf } from './relay-ends.ts';

const session = (id: string, cascade?: Session['cascade']): Session => ({
  id,
  createdAt: 1,
  leaveAt: 0,
  state: 'connected',
  hasDataChannel: false,
  stats: { bytes: 0, packets: 0, bitrate: 0 } as Session['stats'],
  ...(cascade ? { cascade } : {}),
});
const copy = (publish: Session[], subscribe: Session[]) => ({
  publish: { leaveAt: 0, sessions: publish },
  subscribe: { leaveAt: 0, sessions: subscribe },
});

describe('relayEndsOf', () => {
  it('finds the viewer that is another node which pulls, and the publisher that is one which pushes', () => {
    const pulled = session('p2', { sourceUrl: 'http://a/whep/s', sessionUrl: 'http://a/session/s/v1' });
    const pushed = session('v9', { targetUrl: 'http://c/whip/s', sessionUrl: 'http://c/session/s/p3' });
    const ends = relayEndsOf([
      copy([session('p1')], [session('v1'), session('v2')]),
      copy([pulled], [pushed]),
      copy([session('p3')], []),
    ]);
    expect([...ends].sort()).toEqual(['p3', 'v1']);
  });

  it('finds nothing where nothing is relayed, nor where the maker does not say what it made', () => {
    expect(relayEndsOf([copy([session('p1')], [session('v1')])]).size).toBe(0);
    expect(relayEndsOf([copy([session('p1', { sourceUrl: 'http://a/whep/s' })], [])]).size).toBe(0);
  });
});
