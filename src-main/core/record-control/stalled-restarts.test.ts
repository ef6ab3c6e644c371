import { expect, it } from 'vitest';
import { StalledRestarts } from './stalled-restarts.ts';

it('restarts as often as it may, with pauses, and says so', () => {
  const restarts = new StalledRestarts(2);
  expect(restarts.wordsOf('a', 'cam1')).toBe('');
  expect(restarts.take('a', 'cam1', 0)).toBe(true);
  expect(restarts.wordsOf('a', 'cam1')).toBe('It was stopped and started again by itself once.');
  expect(restarts.take('a', 'cam1', 10_000)).toBe(false);
  expect(restarts.take('a', 'cam2', 10_000)).toBe(true);
  expect(restarts.take('a', 'cam1', 40_000)).toBe(true);
  expect(restarts.wordsOf('a', 'cam1')).toContain('2 times, which is as often as it may be');
  for (let nowMs = 80_000; nowMs < 3_600_000; nowMs += 2000) {
    expect(restarts.take('a', 'cam1', nowMs)).toBe(false);
  }
});

it('counts anew after a time in which all was well', () => {
  const restarts = new StalledRestarts(1);
  expect(restarts.take('a', 'cam1', 0)).toBe(true);
  restarts.clean(599_999);
  expect(restarts.wordsOf('a', 'cam1')).not.toBe('');
  expect(restarts.take('a', 'cam1', 600_000)).toBe(true);
  restarts.forget('a', 'cam1');
  expect(restarts.take('a', 'cam1', 601_000)).toBe(true);
});

it('waits for the first segment after a restart', () => {
  const restarts = new StalledRestarts(1);
  expect(restarts.isAwaited('a', 'cam1', null)).toBe(false);
  restarts.take('a', 'cam1', 1000);
  expect(restarts.isAwaited('a', 'cam1', null)).toBe(true);
  expect(restarts.isAwaited('a', 'cam1', 999)).toBe(true);
  expect(restarts.isAwaited('a', 'cam1', 1001)).toBe(false);
});

it('never restarts where it may not', () => {
  expect(new StalledRestarts(0).take('a', 'cam1', 0)).toBe(false);
});
