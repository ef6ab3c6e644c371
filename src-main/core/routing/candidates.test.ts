import { beforeEach, describe, expect, it } from 'vitest';
import type { Session, Stream } from '../../../src-shared/model/node-json.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { parseStream } from '../nodes/parse-node-json.ts';
import { describeCandidates } from './candidates.ts';
import { PendingSessions } from './pending-sessions.ts';

let nowMs: number;
let pending: PendingSessions;

beforeEach(() => {
  nowMs = 1_800_000_000_000;
  pending = new PendingSessions({ nowMs: () => nowMs, monotonicMs: () => nowMs, sleep: async () => {} });
});

function stream(id: string, publish: Partial<Session>[], subscribe: Partial<Session>[]): Stream {
  const sessions = (list: Partial<Session>[]) => ({
    sessions: list.map((session) => ({ state: 'connected', ...session })),
  });
  return parseStream({ id, publish: sessions(publish), subscribe: sessions(subscribe) });
}

function snapshot(
  alias: string,
  streams: Stream[],
  state: NodeSnapshot['health']['state'] = 'up',
): NodeSnapshot {
  return {
    node: { alias, url: `http://${alias}`, token: '', mode: 'poll', site: '', origin: 'config' },
    health: { state, sinceMs: 0, reason: null, failuresInRow: 0 },
    streams,
    silent: new Set(),
    strategy: null,
  } as unknown as NodeSnapshot;
}

const describe1 = (...streams: Stream[]) => describeCandidates([snapshot('a', streams)], 'cam1', pending)[0]!;

describe('describeCandidates', () => {
  it('counts open viewers only: none that left, no relays', () => {
    const viewers = [
      { id: '1' },
      { id: '2', state: 'connecting' },
      { id: '3', state: 'closed', leaveAt: 5 },
      { id: '4', leaveAt: 5 },
      { id: '5', cascade: { targetUrl: 'http://b/whip/cam1' } },
      { id: '6', state: 'disconnected' },
      { id: '7', state: 'failed' },
    ];
    const candidate = describe1(stream('cam1', [{ id: 'p' }], viewers), stream('cam2', [], [{ id: '8' }]));
    expect(candidate).toMatchObject({ viewerCount: 3, streamCount: 2, maxViewersPerStream: 65_535 });
    expect(candidate.held).toEqual({ publisher: 'live', isRelay: false, viewerCount: 2 });
  });

  it.each([
    [[{ id: 'p', state: 'connected' }], 'live'],
    [[{ id: 'p', state: 'connecting' }], 'starting'],
    [[{ id: 'p', state: 'disconnected' }], 'lost'],
    [[{ id: 'p', state: 'closed', leaveAt: 1 }], 'none'],
    [[], 'none'],
  ])('sees from %j that the publisher is %s', (publish, expected) => {
    expect(describe1(stream('cam1', publish, [])).held?.publisher).toBe(expected);
  });

  it('knows both ends of relays from each other', () => {
    const cascade = { targetUrl: 'http://b/whip/cam1', sessionUrl: 'http://b/session/cam1/far' };
    const pull = { sourceUrl: 'http://a/whep/cam1', sessionUrl: 'http://a/session/cam1/link' };
    const all = describeCandidates(
      [
        snapshot('a', [stream('cam1', [{ id: 'p' }], [{ id: '1', cascade }, { id: '2' }, { id: 'link' }])]),
        snapshot('b', [stream('cam1', [{ id: 'far' }], [])]),
        snapshot('c', [stream('cam1', [{ id: 'x', cascade: pull }], [])]),
        snapshot('d', []),
      ],
      'cam1',
      pending,
    );
    expect(all.map(({ held }) => held?.isRelay)).toEqual([false, true, true, undefined]);
    expect(all.map(({ held }) => held?.viewerCount)).toEqual([1, 0, 0, undefined]);
  });

  it('takes a publisher that is connected and sends nothing for lost', () => {
    const silent = { ...snapshot('a', [stream('cam1', [{ id: 'p' }], [])]), silent: new Set(['cam1']) };
    expect(describeCandidates([silent], 'cam1', pending)[0]?.held?.publisher).toBe('lost');
  });

  it('counts a viewer on its way once, until the node lists it', () => {
    const live = (...viewers: Partial<Session>[]) => stream('cam1', [{ id: 'p' }], viewers);
    const place = pending.reserve('play', 'a', 'cam1');
    expect(describe1(live()).held?.viewerCount).toBe(1);
    place.confirm('v');
    nowMs += 14_000;
    expect(describe1(live())).toMatchObject({ viewerCount: 1, held: { viewerCount: 1 } });
    expect(pending.find('cam1', 'v')).toEqual({ alias: 'a', kind: 'play' });
    expect(describe1(live({ id: 'v' })).held?.viewerCount).toBe(1);
    expect(describe1(live()).held?.viewerCount).toBe(0);
  });

  it('forgets one that was never listed, was given up or has ended', () => {
    const live = stream('cam1', [{ id: 'p' }], []);
    pending.reserve('play', 'a', 'cam1').confirm('v');
    pending.reserve('play', 'a', 'cam1').release();
    pending.reserve('play', 'a', 'cam1').confirm('w');
    pending.reserve('play', 'a', 'cam2');
    pending.forget('cam1', 'w');
    expect(describe1(live)).toMatchObject({ viewerCount: 2, held: { viewerCount: 1 } });
    nowMs += 15_001;
    expect(describe1(live)).toMatchObject({ viewerCount: 1, held: { viewerCount: 0 } });
  });

  it('counts what other managers have placed, as they said last and no longer than they said', () => {
    const live = (...viewers: Partial<Session>[]) => stream('cam1', [{ id: 'p' }], viewers);
    const place = { kind: 'play', alias: 'a', session: null, leftMs: 5000 } as const;
    pending.noteForeign('cam1', [place, { ...place, session: 'v' }]);
    expect(describe1(live()).held?.viewerCount).toBe(2);
    expect(pending.unanswered('cam1')).toBe('foreign');
    expect(describe1(live({ id: 'v' })).held?.viewerCount).toBe(2);
    pending.noteForeign('cam1', [place]);
    pending.noteForeign('cam2', []);
    expect(describe1(live()).held?.viewerCount).toBe(1);
    nowMs += 5001;
    expect(describe1(live()).held?.viewerCount).toBe(0);
    expect(pending.unanswered('cam1')).toBe('nobody');
    pending.reserve('play', 'a', 'cam1');
    expect(pending.unanswered('cam1')).toBe('own');
  });

  it('knows a stream before its node lists it', () => {
    pending.reserve('publish', 'a', 'cam1').confirm('p');
    expect(describe1()).toMatchObject({ streamCount: 1, held: { publisher: 'starting', isRelay: false } });
    pending.forget('cam1', 'p');
    expect(describe1().held).toBeNull();
    pending.noteRelay('a', 'cam1');
    expect(describe1().held).toEqual({ publisher: 'live', isRelay: true, viewerCount: 0 });
    nowMs += 15_001;
    expect(describe1().held).toBeNull();
  });
});
