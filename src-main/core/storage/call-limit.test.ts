import { expect, it } from 'vitest';
import { withCallLimit } from './call-limit.ts';

const never = () => new Promise<never>(() => {});

it('gives what the work gives, or its error', async () => {
  expect(await withCallLimit({ limitMs: 1000, tooLate: 'late' }, async () => 5)).toBe(5);
  const broken = withCallLimit({ limitMs: 1000, tooLate: 'late' }, () => Promise.reject(new Error('broken')));
  await expect(broken).rejects.toThrow('broken');
});

it('does not wait for work that takes no signal', async () => {
  const late = withCallLimit({ limitMs: 10, tooLate: 'It took too long.' }, never);
  await expect(late).rejects.toMatchObject({ code: 'storage_unavailable', message: 'It took too long.' });
});

it('ends with the reason of an abort, before and meanwhile', async () => {
  const reason = new Error('enough');
  const abort = new AbortController();
  const options = { limitMs: 10_000, signal: abort.signal, tooLate: 'late' };
  let inner: AbortSignal | undefined;
  const running = withCallLimit(options, (signal) => {
    inner = signal;
    return never();
  });
  abort.abort(reason);
  await expect(running).rejects.toBe(reason);
  expect(inner?.aborted).toBe(true);
  await expect(withCallLimit(options, async () => 5)).rejects.toBe(reason);
});
