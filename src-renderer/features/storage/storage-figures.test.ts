import { describe, expect, it } from 'vitest';
import { bytesByDay, daysBetween, sumTotals } from './storage-figures.ts';

describe('daysBetween', () => {
  it('has both ends, over months and leap days', () => {
    expect(daysBetween('2028-02-28', '2028-03-01')).toEqual(['2028-02-28', '2028-02-29', '2028-03-01']);
    expect(daysBetween('2026-11-26', '2026-11-26')).toEqual(['2026-11-26']);
    expect(daysBetween('2026-11-27', '2026-11-26')).toEqual([]);
  });
});

describe('bytesByDay', () => {
  it('adds up the streams and has 0 for days without anything', () => {
    const entry = (day: string, sizeBytes: number) => ({ day, sizeBytes, segmentCount: 1, recordedUs: 1 });
    const streams = [
      { stream: 'a', nodes: [], days: [entry('2026-11-25', 5)] },
      { stream: 'b', nodes: [], days: [entry('2026-11-25', 2), entry('2026-11-26', 1)] },
    ];
    expect(bytesByDay(streams, ['2026-11-24', '2026-11-25', '2026-11-26'])).toEqual([0, 7, 1]);
  });
});

describe('sumTotals', () => {
  it('has the oldest start', () => {
    const total = { stream: 'a', sizeBytes: 5, segmentCount: 1, recordingCount: 2, startUs: 9 };
    expect(sumTotals([total, { ...total, stream: 'b', startUs: 4 }])).toEqual({
      sizeBytes: 10,
      recordingCount: 4,
      startUs: 4,
    });
    expect(sumTotals([]).startUs).toBeNull();
  });
});
