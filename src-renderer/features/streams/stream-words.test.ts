import { describe, expect, it } from 'vitest';
import type { CascadeView } from '../../../src-shared/contract/cascade-routes.ts';
import type { RecorderView } from '../../../src-shared/contract/record-control-routes.ts';
import type { Session, Stream } from '../../../src-shared/model/node-json.ts';
import {
  allRelayEnds,
  kickWords,
  liveWord,
  openSessions,
  recorderHint,
  roleOf,
  type SessionEnd,
} from './stream-words.ts';

const NONE = { bytes: 0, packets: 0, bitrate: 0 };
const session = (id: string, change: Partial<Session> = {}): Session => ({
  id,
  createdAt: 1,
  leaveAt: 0,
  state: 'connected',
  hasDataChannel: false,
  stats: NONE,
  ...change,
});
const NO_ENDS: ReadonlySet<string> = new Set();
const link = session('link', { cascade: { targetUrl: 'http://b/whip/cam1' } });
const copy = {
  publish: { leaveAt: 0, sessions: [session('p')] },
  subscribe: { leaveAt: 0, sessions: [session('v1'), session('v2', { state: 'closed', leaveAt: 9 }), link] },
} as unknown as Stream;
const relay = { source: 'a', target: 'b', viewerCount: 4 } as CascadeView;

describe('kickWords', () => {
  const words = (ended: Session, change: Partial<SessionEnd> = {}) =>
    kickWords({
      copy,
      session: ended,
      alias: 'a',
      relays: [relay],
      relayEnds: NO_ENDS,
      isRecorded: false,
      ...change,
    });

  it('counts who is cut off with a publisher, beyond relays too', () => {
    expect(words(session('p'), { isRecorded: true })).toContain(
      'cuts off 1 viewer and 1 relay with 4 viewers and ends its recording there.',
    );
    expect(words(session('p'), { relays: [] })).toMatch(/cuts off 1 viewer\.$/);
  });

  it('tells a viewer from a relay', () => {
    expect(words(session('v1'))).toMatch(/^One viewer at a is cut off/);
    expect(words(link)).toBe('This is the relay to b: it cuts off 4 viewers there.');
    // Where another node pulls from is a viewer like any other, but for who made it.
    expect(words(session('v1'), { relayEnds: new Set(['v1']) })).toMatch(/^This is the relay to b/);
    expect(words(link, { relays: [] })).toMatch(/^This is a relay to another node/);
    expect(words(session('p'), { relays: [], relayEnds: new Set(['v1']) })).toContain(
      'cuts off nobody who watches',
    );
    expect(words(session('p'), { relays: [], relayEnds: new Set(['p']) })).toMatch(
      /^This is the relay that brings the stream here: the stream is deleted on a, which cuts off 1 viewer\.$/,
    );
  });

  it('does not count who is lost already', () => {
    const lost = session('v3', { state: 'disconnected' });
    const listed = { ...copy, subscribe: { leaveAt: 0, sessions: [...copy.subscribe.sessions, lost] } };
    expect(words(session('p'), { copy: listed, relays: [] })).toContain('cuts off 1 viewer.');
    expect(words(lost, { copy: listed })).toBe('This viewer at a is lost already: nobody is cut off.');
  });
});

it('says of a recording that runs why its silence would go unnoticed', () => {
  const recorder = { isRecording: true, wish: 'auto', reason: null, unwatched: null } as RecorderView;
  expect(recorderHint(recorder)).toBe('Recorded automatically (auto_record).');
  expect(recorderHint({ ...recorder, unwatched: 'Nobody would notice.' })).toBe(
    'Recorded automatically (auto_record). Nobody would notice.',
  );
  expect(recorderHint({ ...recorder, wish: null, unwatched: 'Nobody would notice.' })).toBe(
    'Nobody would notice.',
  );
});

it('names relays at both of their ends, also when the source of one is silent', () => {
  const copies = { b: copy };
  expect(roleOf(session('p'), true, allRelayEnds(copies, []))).toBe('Publisher');
  expect(roleOf(session('p'), true, allRelayEnds(copies, [relay]))).toBe('Relay from another node');
  expect(roleOf(session('v1'), false, allRelayEnds(copies, [relay]))).toBe('Viewer');
  const pulled = session('x', { cascade: { sessionUrl: 'http://b/session/cam1/v1' } });
  const target = { ...copy, publish: { leaveAt: 0, sessions: [pulled] } };
  expect(roleOf(session('v1'), false, allRelayEnds({ b: copy, c: target }, []))).toBe(
    'Relay to another node',
  );
});

it('does not count sessions that have ended', () => {
  expect(openSessions(copy.subscribe.sessions).map((each) => each.id)).toEqual(['v1', 'link']);
});

it('does not know of streams whose nodes are silent', () => {
  const node = { alias: 'a', hasPublisher: true, viewerCount: 0, bitrateInBps: 0, bitrateOutBps: 0 };
  expect(liveWord({ isLive: true, nodes: [{ ...node, isStale: false }] })).toBe('Live');
  expect(liveWord({ isLive: false, nodes: [{ ...node, isStale: false }] })).toBe('Not live');
  expect(liveWord({ isLive: false, nodes: [{ ...node, isStale: true }] })).toBe('Not known');
  expect(liveWord({ isLive: false, nodes: [] })).toBe('Not live');
});
