import { describe, expect, it } from 'vitest';
import { retryDelayMs, troubleOfReply } from './whep-trouble.ts';

describe('troubleOfReply', () => {
  it('tells what the reply is about, with the words of who refused', () => {
    expect(troubleOfReply(404, 'stream not exists').kind).toBe('no-publisher');
    expect(troubleOfReply(503, 'All nodes are full.')).toEqual({
      kind: 'no-room',
      message: 'All nodes are full.',
    });
    expect(troubleOfReply(504, '')).toEqual({
      kind: 'unreachable',
      message: 'The node did not answer in time.',
    });
    expect(troubleOfReply(500, 'not supported\n').message).toBe('The node refuses: not supported.');
    expect(troubleOfReply(418, '').message).toBe('The node refuses: status 418.');
  });
});

describe('retryDelayMs', () => {
  it('doubles up to 15 s and spreads', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((failures) => retryDelayMs(failures, 0))).toEqual([
      1000, 2000, 4000, 8000, 15_000, 15_000, 15_000,
    ]);
    expect(retryDelayMs(1, 1)).toBe(750);
  });
});
