import { describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { AttemptLimiter } from './attempt-limiter.ts';

function limiter() {
  let nowMs = 0;
  const subject = new AttemptLimiter({ ...systemClock, nowMs: () => nowMs });
  return {
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** How many of `count` attempts are let through. */
    wrong: (count: number, account: string | ((index: number) => string), address: string) => {
      let taken = 0;
      for (let index = 0; index < count; index += 1) {
        try {
          subject.begin(typeof account === 'string' ? account : account(index), address);
          taken += 1;
        } catch {}
      }
      return taken;
    },
    right: (account: string, address: string) => subject.begin(account, address).isRight(),
  };
}

describe('AttemptLimiter', () => {
  it('lets five go at once, then ever fewer', () => {
    const { pass, wrong } = limiter();
    expect(wrong(50, 'ops', '192.0.2.1')).toBe(5);
    let taken = 5;
    for (let second = 0; second < 600; second += 1) {
      pass(1000);
      taken += wrong(1, 'ops', '192.0.2.1');
    }
    expect(taken).toBeLessThan(16);
  });

  it('does not keep the owner out when somebody else guesses', () => {
    const { right, wrong } = limiter();
    wrong(50, 'ops', '192.0.2.66');
    expect(() => right('ops', '192.0.2.1')).not.toThrow();
  });

  it('slows one account from many addresses, and many accounts from one', () => {
    const { wrong } = limiter();
    let taken = 0;
    for (let index = 0; index < 100; index += 1) taken += wrong(1, 'ops', `192.0.2.${index}`);
    expect(taken).toBe(30);
    expect(wrong(100, (index) => `user${index}`, '198.51.100.1')).toBe(20);
  });

  it('begins anew after a right one and after an hour', () => {
    const { pass, right, wrong } = limiter();
    wrong(4, 'ops', '192.0.2.1');
    right('ops', '192.0.2.1');
    expect(wrong(50, 'ops', '192.0.2.1')).toBe(5);
    pass(3_700_000);
    expect(wrong(50, 'ops', '192.0.2.1')).toBe(5);
  });
});
