import { describe, expect, it } from 'vitest';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { nodesHint, recordingTotals, storageHint, streamsHint, viewersHint } from './cluster-totals.ts';
import { fitsFilter } from './node-list.tsx';
import { clockWords, isClockOff, latencyText, needsAttention, stateSentence } from './node-words.ts';

function node(changes: Partial<NodeView>): NodeView {
  return {
    alias: 'edge-01',
    url: 'http://10.0.0.1:7777',
    site: 'Harbour',
    mode: 'sse',
    origin: 'config',
    state: 'up',
    sinceMs: 0,
    reason: null,
    lastSeenMs: 0,
    latencyMs: 18,
    latencyHistoryMs: [],
    clockOffsetMs: 4,
    generation: 'head',
    version: 'HEAD',
    features: [],
    streamCount: 0,
    viewerCount: 0,
    recordingCount: 0,
    viewerCapacity: null,
    isTokenLocked: false,
    feedProblem: null,
    bitrateInBps: 0,
    bitrateOutBps: 0,
    ...changes,
  };
}

function stream(changes: Partial<StreamView>): StreamView {
  return {
    id: 'quay-west',
    createdAtMs: 0,
    isLive: true,
    isRecording: true,
    codecs: [],
    viewerCount: 0,
    bitrateInBps: 0,
    bitrateOutBps: 0,
    nodes: [],
    ...changes,
  };
}

describe('hints of the tiles', () => {
  it('say what is wrong with the nodes, the worst two first', () => {
    expect(nodesHint([])).toBe('none declared');
    expect(nodesHint([node({})])).toBe('all answer');
    expect(
      nodesHint([node({ state: 'slow' }), node({ state: 'auth-failed' }), node({ state: 'down' })]),
    ).toBe('1 down, 1 refuses our token');
  });

  it('name the one live stream that is not recorded, or count them', () => {
    const missing = stream({ id: 'yard-7', isRecording: false });
    const ended = stream({ id: 'radar', isLive: false, isRecording: false });
    expect(recordingTotals([stream({}), missing, ended])).toEqual({
      recording: 1,
      live: 2,
      hint: 'yard-7 is live and not recorded',
    });
    expect(recordingTotals([missing, stream({ id: 'b', isRecording: false })]).hint).toBe(
      '2 live streams are not recorded',
    );
  });

  it('count young streams, name the most watched, tell what is free', () => {
    expect(streamsHint([stream({}), stream({ createdAtMs: 3_000_000 })], 3_600_001)).toBe(
      '1 started in the last hour',
    );
    expect(viewersHint([stream({ viewerCount: 3 }), stream({ id: 'b', viewerCount: 41 })])).toBe(
      'most on b: 41',
    );
    expect(viewersHint([stream({})])).toBe('nobody is watching');
    expect(storageHint(710e9, 1e12)).toBe('290 GB of 1.00 TB free');
  });
});

describe('words about a node', () => {
  it('alarm on clocks beyond two seconds either way', () => {
    expect(isClockOff(node({ clockOffsetMs: -2001 }))).toBe(true);
    expect(isClockOff(node({ clockOffsetMs: 2000 }))).toBe(false);
    expect(isClockOff(node({ clockOffsetMs: null }))).toBe(false);
    expect(needsAttention(node({ clockOffsetMs: 2140 }))).toBe(true);
    expect(clockWords(2140)).toBe('2.14 s ahead');
    expect(clockWords(-3000)).toBe('3.00 s behind');
  });

  it('say how long it has been silent', () => {
    expect(latencyText(node({}), 0)).toBe('18 ms');
    expect(latencyText(node({ state: 'down', lastSeenMs: 0 }), 125_000)).toBe('silent 2 min');
    expect(latencyText(node({ state: 'auth-failed' }), 0)).toBe('–');
    expect(stateSentence(node({ state: 'down' }), 125_000)).toBe('Down for 2 min');
    expect(stateSentence(node({ state: 'unknown' }), 0)).toBe('Not asked yet');
  });

  it('find it by name, site, state and address', () => {
    expect(fitsFilter(node({}), 'harb edge')).toBe(true);
    expect(fitsFilter(node({ state: 'auth-failed' }), 'token')).toBe(true);
    expect(fitsFilter(node({}), 'berlin')).toBe(false);
    expect(fitsFilter(node({}), '')).toBe(true);
  });
});
