import { expect, it } from 'vitest';
import type { StreamView } from '../../src-shared/model/stream-view.ts';
import {
  bitratesOf,
  keepBitratesOf,
  noteBitrates,
  STREAM_SAMPLES_KEPT,
  seedBitrates,
  watchBitrates,
} from './stream-history.ts';

const stream = (id: string, bitrateInBps: number) => ({ id, bitrateInBps }) as StreamView;

it('keeps the newest bitrates of each stream, and forgets those that are gone', () => {
  for (let i = 0; i < 50; i += 1) noteBitrates([stream('a', i), stream('b', 7)], [], i * 2000);
  expect(bitratesOf('a')).toHaveLength(STREAM_SAMPLES_KEPT);
  expect(bitratesOf('a').at(-1)).toBe(49);
  noteBitrates([stream('a', 99)], [], 98_500);
  expect(bitratesOf('a').at(-1)).toBe(49);
  noteBitrates([], ['b'], 99_000);
  expect(bitratesOf('b')).toEqual([]);
  keepBitratesOf([stream('c', 1)]);
  expect(bitratesOf('a')).toEqual([]);
});

it('puts what the manager saw before what was seen here, and tells who watches', () => {
  noteBitrates([stream('old', 4)], [], 0);
  noteBitrates([stream('old', 5)], [], 2000);
  let told = 0;
  const stop = watchBitrates('old', () => {
    told += 1;
  });
  seedBitrates('old', [1, 2, 3, 4, 5]);
  expect(bitratesOf('old')).toEqual([1, 2, 3, 4, 5]);
  seedBitrates('old', [9]);
  seedBitrates('nowhere', [1, 2]);
  expect(bitratesOf('nowhere')).toEqual([]);
  stop();
  noteBitrates([stream('old', 6)], [], 4000);
  expect(bitratesOf('old')).toEqual([1, 2, 3, 4, 5, 6]);
  expect(told).toBe(1);
});
