import { expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { Refreshed } from './refreshed.ts';

it('gives what was read last while a reading hangs, and the new value once it has ended', async () => {
  let finish = (_: string) => {};
  let isHanging = false;
  const read = () =>
    isHanging ? new Promise<string>((resolve) => (finish = resolve)) : Promise.resolve('first');
  let nowMs = 0;
  const table = new Refreshed('initial', read, { ...systemClock, monotonicMs: () => nowMs }, 1000);
  expect(await table.get()).toBe('first');
  isHanging = true;
  nowMs += 2000;
  const startMs = performance.now();
  for (let i = 0; i < 20; i += 1) expect(await table.get()).toBe('first');
  // One wait of a second for all.
  expect(performance.now() - startMs).toBeLessThan(5000);
  finish('second');
  await table.refresh();
  expect(await table.get()).toBe('second');
});
