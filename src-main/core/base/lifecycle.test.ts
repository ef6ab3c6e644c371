import { afterEach, expect, it, vi } from 'vitest';
import { ResourceStack } from './lifecycle.ts';

afterEach(() => vi.useRealTimers());

it('closes in reverse order, all of it whatever fails, and throws the first error', async () => {
  const closed: number[] = [];
  const resources = new ResourceStack();
  resources.defer(() => void closed.push(1));
  resources.defer(async () => {
    throw new Error('the first');
  });
  resources.defer(() => void closed.push(2));
  await expect(resources.close()).rejects.toThrow('the first');
  expect(closed).toEqual([2, 1]);
});

it('says what takes long to close, once, and waits for it', async () => {
  vi.useFakeTimers();
  class Loop {
    close = () => new Promise<void>((resolve) => setTimeout(resolve, 10_000));
  }
  const slow: string[] = [];
  const resources = new ResourceStack();
  resources.onSlow = (part) => slow.push(part);
  resources.use({ watch: 1, close: () => new Promise<void>((resolve) => setTimeout(resolve, 5000)) });
  resources.use(new Loop());
  resources.defer(() => {});
  const closing = resources.close();
  await vi.advanceTimersByTimeAsync(9000);
  expect(slow).toEqual(['Loop']);
  await vi.advanceTimersByTimeAsync(6000);
  await closing;
  expect(slow).toEqual(['Loop', 'watch, close']);
});
