import { describe, expect, it } from 'vitest';
import type { Clock } from '../base/clock.ts';
import { judgePublisher, type ListedPublisher } from './take-over.ts';

/** A clock on which waiting takes no time. */
function skippingClock(): Clock {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async (durationMs) => {
      nowMs += durationMs;
    },
  };
}

function publisher(state: string, bytes: number, hasCounters = true, id = 'p'): ListedPublisher {
  return {
    hasCounters,
    session: {
      id,
      createdAt: 0,
      leaveAt: 0,
      state,
      hasDataChannel: false,
      stats: { bytes, packets: 0, bitrate: 0 },
    },
  };
}

/** Judges a publisher that looks like `looks`, one after the other and then like the last. */
async function judge(...looks: (ListedPublisher | null)[]) {
  let count = 0;
  const clock = skippingClock();
  const look = async () => looks[Math.min(count++, looks.length - 1)] ?? null;
  const verdict = await judgePublisher(look, clock, new AbortController().signal);
  return { ...verdict, afterMs: clock.monotonicMs() };
}

describe('judgePublisher', () => {
  it.each([
    ['whose connection is lost', [publisher('disconnected', 100)], 'dead', 0],
    ['whose connection failed', [publisher('failed', 100)], 'dead', 0],
    ['that sends nothing', [publisher('connected', 100)], 'dead', 5000],
    ['that never connects', [publisher('connecting', 0)], 'dead', 5000],
    ['that sends', [publisher('connected', 100), publisher('connected', 101)], 'alive', 500],
    [
      'that sends after a while',
      [...Array(8).fill(publisher('connected', 9)), publisher('connected', 10)],
      'alive',
      4000,
    ],
    [
      'that has just come and connects',
      [publisher('new', 0), publisher('connected', 0), publisher('connected', 5)],
      'alive',
      1000,
    ],
    ['of a node without counters', [publisher('connected', 0, false)], 'alive', 0],
    [
      'that connects on a node without counters',
      [publisher('connecting', 0, false), publisher('connected', 0, false)],
      'alive',
      500,
    ],
    ['that is a camera of the node', [publisher('connected', 0, true, 'virtual-source')], 'alive', 0],
    ['that has left', [null], 'gone', 0],
    ['that leaves', [publisher('connected', 100), null], 'gone', 500],
    [
      'in whose place another came',
      [publisher('connected', 100), publisher('connected', 0, true, 'q')],
      'alive',
      500,
    ],
    [
      'whose connection is lost while watched',
      [publisher('connected', 1), publisher('disconnected', 1)],
      'dead',
      500,
    ],
  ])('a publisher %s', async (_, looks, kind, afterMs) => {
    expect(await judge(...(looks as ListedPublisher[]))).toMatchObject({ kind, afterMs });
  });

  it('stops when the client has gone', async () => {
    const leave = new AbortController();
    const look = async () => {
      leave.abort(new Error('gone'));
      return publisher('connected', 1);
    };
    await expect(judgePublisher(look, skippingClock(), leave.signal)).rejects.toThrow('gone');
  });
});
