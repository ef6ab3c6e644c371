import { describe, expect, it } from 'vitest';
import { bytesByDay, daysBetween, daysUntilFull, growthPerDay, sumTotals } from './storage-figures.ts';

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

describe('growthPerDay', () => {
  it('is the mean of the last seven whole days, today left out', () => {
    expect(growthPerDay([1000, 7, 7, 7, 7, 7, 7, 7, 99])).toBe(7);
  });
  it('begins with the first day that has something; a day without counts from then on', () => {
    expect(growthPerDay([0, 0, 10, 0, 5, 3])).toBe(5);
  });
  it('is not known before the first whole day', () => {
    expect(growthPerDay([0, 0, 12])).toBeNull();
    expect(growthPerDay([12])).toBeNull();
  });
});

describe('daysUntilFull', () => {
  it('counts whole days, and says nothing where nothing grows or the disk is not known', () => {
    expect(daysUntilFull(100, 30)).toBe(3);
    expect(daysUntilFull(100, 0)).toBeNull();
    expect(daysUntilFull(null, 30)).toBeNull();
    expect(daysUntilFull(100, null)).toBeNull();
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
