import { expect, it } from 'vitest';
import type { StreamView } from '../../src-shared/model/stream-view.ts';
import { bitratesOf, keepBitratesOf, noteBitrates, STREAM_SAMPLES_KEPT } from './stream-history.ts';

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
