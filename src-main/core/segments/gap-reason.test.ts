import { describe, expect, it } from 'vitest';
import { type GapEvidence, type GapNeighbour, gapReason } from './gap-reason.ts';

const first: GapNeighbour = { recordingId: 'a', node: 'edge-1', seq: 11, status: 'completed' };
const second: GapNeighbour = { recordingId: 'b', node: 'edge-1', seq: 1, status: 'active' };
const textOf = (evidence: Partial<GapEvidence>) =>
  gapReason({ before: first, after: second, troubles: [], ...evidence }).text;

describe('the reason of a gap', () => {
  it('is missing segments where numbers of one recording jump, whatever else was wrong', () => {
    const troubles = [{ kind: 'node-down' as const, objectName: 'edge-1' }];
    expect(textOf({ after: { ...first, seq: 15 }, troubles })).toBe(
      '3 segments of the recording on edge-1 never came to the index (numbers 12 to 14).',
    );
    expect(textOf({ after: { ...first, seq: 13 } })).toContain('(number 12)');
  });
  it('is what was noticed then; of nodes only the one that recorded', () => {
    const down = (objectName: string) => [{ kind: 'node-down' as const, objectName }];
    expect(textOf({ troubles: down('edge-1') })).toBe('The node edge-1 was down.');
    expect(textOf({ troubles: down('edge-2') })).toContain('recording on edge-1 ended');
    expect(textOf({ troubles: [{ kind: 'stream-gone', objectName: 'cam' }] })).toBe('The publisher left.');
    const storage = [{ kind: 'storage-trouble' as const, objectName: '/srv' }];
    expect(textOf({ troubles: storage })).toBe('The storage /srv could not be used.');
  });
  it('is silence where a recording went on without a number left out', () => {
    expect(textOf({ after: { ...first, seq: 12 } })).toContain('nothing came from the publisher');
    expect(textOf({ before: { ...first, seq: 0 }, after: { ...first, seq: 0 } })).toContain('nothing came');
  });
  it('is otherwise how the recordings lie', () => {
    expect(textOf({ before: { ...first, status: 'failed' } })).toBe('The recording on edge-1 failed.');
    expect(textOf({ after: { ...second, node: 'edge-2' } })).toBe(
      'The recording on edge-1 ended, the next one on edge-2 began later.',
    );
    expect(textOf({ after: null })).toBe('The recording on edge-1 ended, and no other has begun.');
    expect(textOf({ before: null })).toBe('The recording ended, and the next one began later.');
  });
});
