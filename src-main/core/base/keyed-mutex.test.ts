import { describe, expect, it } from 'vitest';
import { KeyedMutex } from './keyed-mutex.ts';

const never = new AbortController().signal;

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('KeyedMutex', () => {
  it('runs work of one key in order and never at once', async () => {
    const mutex = new KeyedMutex();
    const log: string[] = [];
    const gates = [deferred(), deferred(), deferred()];
    const all = gates.map((gate, i) =>
      mutex.run('cam1', never, async () => {
        log.push(`start ${i}`);
        await gate.promise;
        log.push(`end ${i}`);
      }),
    );
    for (const gate of [...gates].reverse()) gate.resolve();
    await Promise.all(all);
    expect(log).toEqual(['start 0', 'end 0', 'start 1', 'end 1', 'start 2', 'end 2']);
    expect(mutex.size).toBe(0);
  });

  it('lets other keys pass', async () => {
    const mutex = new KeyedMutex();
    const gate = deferred();
    const held = mutex.run('cam1', never, () => gate.promise);
    expect(await mutex.run('cam2', never, async () => 'done')).toBe('done');
    gate.resolve();
    await held;
  });

  it('goes on after work that failed', async () => {
    const mutex = new KeyedMutex();
    const failed = mutex.run('cam1', never, () => Promise.reject(new Error('no')));
    const next = mutex.run('cam1', never, async () => 'next');
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  it('lets a waiting one give up without holding up those behind it', async () => {
    const mutex = new KeyedMutex();
    const gate = deferred();
    const first = mutex.run('cam1', never, () => gate.promise);
    const giveUp = new AbortController();
    const second = mutex.run('cam1', giveUp.signal, async () => 'second');
    const third = mutex.run('cam1', never, async () => 'third');
    giveUp.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    gate.resolve();
    await first;
    expect(await third).toBe('third');
  });
});
