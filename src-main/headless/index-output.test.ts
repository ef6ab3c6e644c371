import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../core/base/clock.ts';
import type { IndexProgress } from '../core/segments/index-storage.ts';
import { IndexOutput } from './index-output.ts';

const progress: IndexProgress = {
  resumedAfter: null,
  objectCount: 40,
  folderCount: 1,
  addedCount: 30,
  knownCount: 0,
  dir: 'cam1/1795345208',
  problems: [],
  skippedCount: 0,
};

afterEach(() => vi.restoreAllMocks());

it('tells the rate also of a run that is over before it tells anything, and of one that goes on', () => {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const rateOf = (start: IndexProgress, end: IndexProgress): unknown => {
    nowMs = 0;
    const output = new IndexOutput(true, clock);
    nowMs = 500;
    output.progress(start);
    output.done(end);
    return (JSON.parse(lines.at(-1) ?? '') as { objectsPerSecond: unknown }).objectsPerSecond;
  };
  expect(rateOf(progress, progress)).toBe(80);
  const resumed = { ...progress, resumedAfter: 'cam1/' };
  expect(rateOf(resumed, { ...resumed, objectCount: 50 })).toBe(20);
});
