import { describe, expect, it } from 'vitest';
import {
  formatBitRate,
  formatBytes,
  formatCount,
  formatCounted,
  formatLatencyMs,
  formatMbits,
  formatOffsetMs,
  formatPercent,
} from './numbers.ts';

describe('numbers', () => {
  it('groups thousands and counts things', () => {
    expect(formatCount(1280)).toBe('1,280');
    expect(formatCounted(1, 'node')).toBe('1 node');
    expect(formatCounted(2, 'stream is', 'streams are')).toBe('2 streams are');
  });

  it('chooses the unit so that at most three digits stand before the point', () => {
    expect(formatBitRate(0)).toBe('0 bit/s');
    expect(formatBitRate(1_150_000_000)).toBe('1.15 Gbit/s');
    expect(formatBitRate(38_200_000)).toBe('38.2 Mbit/s');
    expect(formatBitRate(999_600)).toBe('1.00 Mbit/s');
    expect(formatBytes(186_400_000)).toBe('186 MB');
    expect(formatBytes(999)).toBe('999 B');
    expect(formatBytes(null)).toBe('–');
  });

  it('shows megabits with one digit, nothing as 0', () => {
    expect(formatMbits(38_240_000)).toBe('38.2');
    expect(formatMbits(0)).toBe('0');
  });

  it('signs clock offsets with a real minus', () => {
    expect(formatOffsetMs(2140)).toBe('+2,140 ms');
    expect(formatOffsetMs(-4.4)).toBe('−4 ms');
    expect(formatOffsetMs(0.2)).toBe('0 ms');
    expect(formatOffsetMs(null)).toBe('?');
  });

  it('shows latencies and parts', () => {
    expect(formatLatencyMs(17.6)).toBe('18 ms');
    expect(formatLatencyMs(1240)).toBe('1.24 s');
    expect(formatPercent(0.714)).toBe('71 %');
  });
});
