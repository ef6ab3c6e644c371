import { expect, it } from 'vitest';
import { longerHistory } from './load-history.ts';

const at = (...times: number[]) =>
  times.map((atMs) => ({ atMs, liveStreams: 1, viewers: 2, bitrateOutBps: 3 }));

it('takes what the manager kept where it goes further back', () => {
  expect(longerHistory([], at(5, 10))).toEqual(at(5, 10));
  expect(longerHistory(at(10), at(5, 10))).toEqual(at(5, 10));
  expect(longerHistory(at(5, 10), at(10))).toEqual(at(5, 10));
  expect(longerHistory(at(5), [])).toEqual(at(5));
});
