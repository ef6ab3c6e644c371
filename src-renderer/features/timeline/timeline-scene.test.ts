import { describe, expect, it } from 'vitest';
import { buildLane, contentAt, type LaneFacts, markAt } from './timeline-scene.ts';

const S = 1_000_000;
const NOW = 1_000 * S;
const view = { startUs: 0, endUs: 1_200 * S };
const facts: LaneFacts = {
  stream: 'quay-west',
  startUs: 100 * S,
  endUs: 980 * S,
  isRecording: true,
  isActive: false,
  mainAlias: 'edge-01',
  nodes: [
    {
      alias: 'edge-01',
      spans: [
        { startUs: 100 * S, endUs: 300 * S, isEstimated: false },
        { startUs: 500 * S, endUs: 980 * S, isEstimated: false },
      ],
    },
    { alias: 'cloud-2', spans: [{ startUs: 290 * S, endUs: 400 * S, isEstimated: true }] },
  ],
  unknown: [],
  borders: [],
  marks: [{ atUs: 600 * S, resumedUs: 604 * S, message: 'Decode error here' }],
};

describe('a lane', () => {
  it('has gaps only between its first instant and the present', () => {
    expect(buildLane(facts, view, 2 * S, NOW).gaps).toEqual([{ startUs: 400 * S, endUs: 500 * S }]);
  });

  it('of a stream that stopped has a gap up to now', () => {
    const stopped = buildLane({ ...facts, isRecording: false }, view, 2 * S, NOW);
    expect(stopped.gaps.at(-1)).toEqual({ startUs: 980 * S, endUs: NOW });
  });

  it('does not take for a gap what is not known yet, nor what nobody could see', () => {
    const loading = buildLane(
      { ...facts, unknown: [{ startUs: 350 * S, endUs: 600 * S }] },
      view,
      2 * S,
      NOW,
    );
    expect(loading.gaps).toEqual([]);
    expect(buildLane(facts, view, 101 * S, NOW).gaps).toEqual([]);
  });

  it('has a gap where objects are lost', () => {
    const lost = { startUs: 600 * S, endUs: 610 * S };
    const reason = { ...lost, kind: 'objects-lost' as const, label: '1 file missing', text: '' };
    const lane = buildLane({ ...facts, reasons: [reason] }, view, 2 * S, NOW);
    expect(lane.gaps).toEqual([{ startUs: 400 * S, endUs: 500 * S }, lost]);
    expect(contentAt(lane, 605 * S)).toEqual({ kind: 'gap', gap: lost });
    expect(contentAt(lane, 615 * S)).toMatchObject({ kind: 'recorded' });
  });

  it('tells what is under the pointer', () => {
    const lane = buildLane(facts, view, 2 * S, NOW);
    expect(contentAt(lane, 200 * S)).toMatchObject({ kind: 'recorded', piece: { alias: 'edge-01' } });
    expect(contentAt(lane, 350 * S)).toMatchObject({ kind: 'recorded', piece: { isSecondSource: true } });
    expect(contentAt(lane, 450 * S)).toEqual({ kind: 'gap', gap: { startUs: 400 * S, endUs: 500 * S } });
    expect(contentAt(lane, 50 * S)).toEqual({ kind: 'nothing' });
    expect(markAt(lane, 601 * S, 2 * S)?.message).toBe('Decode error here');
    expect(markAt(lane, 610 * S, 2 * S)).toBeNull();
  });
});
