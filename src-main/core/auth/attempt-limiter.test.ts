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
    wrong: async (count: number, account: string | ((index: number) => string), address: string) => {
      let taken = 0;
      for (let index = 0; index < count; index += 1) {
        try {
          await subject.begin(typeof account === 'string' ? account : account(index), address);
          taken += 1;
        } catch {}
      }
      return taken;
    },
    right: async (account: string, address: string) => (await subject.begin(account, address)).isRight(),
  };
}

describe('AttemptLimiter', () => {
  it('counts all addresses of one IPv6 network together, which one caller has to choose from', async () => {
    const { wrong } = limiter();
    expect(await wrong(3, 'ops', '2001:db8:0:7::1')).toBe(3);
    expect(await wrong(3, 'ops', '2001:DB8::7:a:b:c:d')).toBe(2);
    expect(await wrong(3, 'ops', '2001:db8:0:8::1')).toBe(3);
    expect(await wrong(3, 'ops', '::ffff:192.0.2.9')).toBe(3);
    expect(await wrong(3, 'ops', '192.0.2.9')).toBe(2);
    expect(await wrong(3, 'ops', '::1')).toBe(3);
  });

  it('lets five go at once, then ever fewer', async () => {
    const { pass, wrong } = limiter();
    expect(await wrong(50, 'ops', '192.0.2.1')).toBe(5);
    let taken = 5;
    for (let second = 0; second < 600; second += 1) {
      pass(1000);
      taken += await wrong(1, 'ops', '192.0.2.1');
    }
    expect(taken).toBeLessThan(16);
  });

  it('does not keep the owner out when somebody else guesses', async () => {
    const { right, wrong } = limiter();
    await wrong(50, 'ops', '192.0.2.66');
    await right('ops', '192.0.2.1');
  });

  it('slows one account from many addresses, and many accounts from one', async () => {
    const { wrong } = limiter();
    let taken = 0;
    for (let index = 0; index < 100; index += 1) taken += await wrong(1, 'ops', `192.0.2.${index}`);
    expect(taken).toBe(30);
    expect(await wrong(100, (index) => `user${index}`, '198.51.100.1')).toBe(20);
  });

  it('begins anew after a right one and after an hour', async () => {
    const { pass, right, wrong } = limiter();
    await wrong(4, 'ops', '192.0.2.1');
    await right('ops', '192.0.2.1');
    expect(await wrong(50, 'ops', '192.0.2.1')).toBe(5);
    pass(3_700_000);
    expect(await wrong(50, 'ops', '192.0.2.1')).toBe(5);
  });
});
