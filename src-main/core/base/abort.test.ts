import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LimitedCalls, orAbort, timeLimit } from './abort.ts';

it('aborts after its time with a TimeoutError', async () => {
  const { signal } = timeLimit(5);
  await sleep(30);
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
});

it('aborts with the reason of the first signal that does', () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const { signal } = timeLimit(60_000, first.signal, undefined, second.signal);
  expect(signal.aborted).toBe(false);
  second.abort(new Error('enough'));
  expect(signal.reason).toMatchObject({ message: 'enough' });
});

it('is aborted from the start by a signal that is', () => {
  expect(timeLimit(60_000, AbortSignal.abort('gone')).signal.reason).toBe('gone');
});

it('is left alone once released', async () => {
  const source = new AbortController();
  const { release, signal } = timeLimit(5, source.signal);
  release();
  source.abort();
  await sleep(20);
  expect(signal.aborted).toBe(false);
});

it('hears of a promise that rejects when nobody waits for it any more', async () => {
  const late = sleep(5).then(() => Promise.reject(new Error('late')));
  await expect(orAbort(late, AbortSignal.abort('over'))).rejects.toBe('over');
  const controller = new AbortController();
  const waiting = orAbort(
    sleep(20).then(() => Promise.reject(new Error('later'))),
    controller.signal,
  );
  controller.abort('over');
  await expect(waiting).rejects.toBe('over');
  // An unheard rejection would fail the run.
  await sleep(40);
});

it('limits calls that follow each other, each anew', async () => {
  const stop = new AbortController();
  const tooLate = () => new Error('too late');
  const calls = new LimitedCalls({ signal: stop.signal, timeoutMs: 50, tooLate });
  const never = () => new Promise<never>(() => {});
  expect(await calls.run(Promise.resolve(1))).toBe(1);
  await expect(calls.run(Promise.reject(new Error('it failed')))).rejects.toThrow('it failed');
  await expect(calls.run(never())).rejects.toThrow('too late');
  // The time is over, and begins anew.
  await sleep(60);
  expect(await calls.run(sleep(1, 2))).toBe(2);
  await expect(calls.run(never())).rejects.toThrow('too late');
  const waiting = calls.run(never());
  stop.abort('enough');
  await expect(waiting).rejects.toBe('enough');
  await expect(calls.run(Promise.reject(new Error('unheard')))).rejects.toBe('enough');
  calls.release();
});
