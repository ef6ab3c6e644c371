import { expect, test, vi } from 'vitest';
import { createShutdown } from './shutdown.ts';

function make(timeoutMs = 60_000) {
  const exit = vi.fn<(code: number) => void>();
  const onError = vi.fn<(error: unknown) => void>();
  return { exit, onError, shutdown: createShutdown({ exit, onError, timeoutMs }) };
}

test('closes in reverse order, once, and then ends', async () => {
  const { exit, shutdown } = make();
  const order: string[] = [];
  for (const name of ['manager', 'window']) {
    shutdown.use({
      close: async () => {
        await Promise.resolve();
        expect(exit).not.toHaveBeenCalled();
        order.push(name);
      },
    });
  }
  shutdown.begin();
  shutdown.begin();
  await vi.waitFor(() => expect(exit).toHaveBeenCalledExactlyOnceWith(0));
  expect(order).toEqual(['window', 'manager']);
});

test('a part that fails to close is told and ends with 1', async () => {
  const { exit, onError, shutdown } = make();
  shutdown.use({ close: () => Promise.reject(new Error('stuck')) });
  shutdown.begin();
  await vi.waitFor(() => expect(exit).toHaveBeenCalledExactlyOnceWith(1));
  expect(onError).toHaveBeenCalledWith(expect.objectContaining({ message: 'stuck' }));
});

test('a part that never closes does not keep the program', async () => {
  const { exit, shutdown } = make(20);
  shutdown.use({ close: () => new Promise(() => {}) });
  shutdown.begin();
  await vi.waitFor(() => expect(exit).toHaveBeenCalledExactlyOnceWith(1));
});

test('a part that comes up too late is closed too', async () => {
  const { shutdown } = make();
  shutdown.begin();
  const close = vi.fn(() => Promise.resolve());
  shutdown.use({ close });
  expect(close).toHaveBeenCalledOnce();
});
