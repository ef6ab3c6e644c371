import { expect, it } from 'vitest';
import { type AlertMute, findMute } from './alert-mute.ts';

const node = { kind: 'node', name: 'edge-01' } as const;
const alert = { kind: 'node-down', object: node } as const;

function mute(changes: Partial<AlertMute>): AlertMute {
  return {
    id: '1',
    kind: null,
    object: node,
    endsAtMs: null,
    reason: '',
    createdAtMs: 0,
    createdBy: 'local',
    ...changes,
  };
}

it('is about a kind, an object or both', () => {
  for (const [changes, isMuted] of [
    [{}, true],
    [{ kind: 'node-down' }, true],
    [{ kind: 'clock-skew' }, false],
    [{ kind: 'node-down', object: null }, true],
    [{ object: { kind: 'stream', name: 'edge-01' } }, false],
    [{ object: { kind: 'node', name: 'edge-02' } }, false],
  ] as const) {
    expect(findMute(alert, [mute(changes)], 1000) !== null).toBe(isMuted);
  }
});

it('ends at its time, and the longest counts', () => {
  const [short, long] = [mute({ id: 'short', endsAtMs: 2000 }), mute({ id: 'long', endsAtMs: 3000 })];
  expect(findMute(alert, [short, long], 1000)?.id).toBe('long');
  expect(findMute(alert, [short, long], 2500)?.id).toBe('long');
  expect(findMute(alert, [short, long], 3000)).toBeNull();
  expect(findMute(alert, [short, mute({ id: 'endless' })], 1000)?.id).toBe('endless');
});
