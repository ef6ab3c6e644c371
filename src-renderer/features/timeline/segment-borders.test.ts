import { describe, expect, it } from 'vitest';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { BORDERS_FROM_SPAN_US, SegmentBorders } from './segment-borders.ts';

const view = { startUs: 1_000_000_000_000, endUs: 1_000_060_000_000 };
const settle = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

function harness() {
  const asked: { stream: string; range: TimeRange; signal: AbortSignal }[] = [];
  const borders = new SegmentBorders(
    async (stream, range, signal) => {
      asked.push({ stream, range, signal });
      return [range.startUs, range.endUs - 1];
    },
    () => undefined,
  );
  return { asked, borders };
}

describe('segment borders', () => {
  it('reads a margin once and serves what moves within it', async () => {
    const { asked, borders } = harness();
    borders.want(['a'], view);
    await settle();
    expect(asked[0]?.range).toEqual({ startUs: view.startUs - 60_000_000, endUs: view.endUs + 60_000_000 });
    borders.want(['a'], { startUs: view.startUs + 30_000_000, endUs: view.endUs + 30_000_000 });
    expect(asked).toHaveLength(1);
    expect(borders.starts('a', view)).toHaveLength(2);
    borders.want(['a'], { startUs: view.startUs + 90_000_000, endUs: view.endUs + 90_000_000 });
    expect(asked).toHaveLength(2);
  });

  it('reads nothing while too much is visible', () => {
    const { asked, borders } = harness();
    const wide = { startUs: view.startUs, endUs: view.startUs + BORDERS_FROM_SPAN_US + 1 };
    borders.want(['a'], wide);
    expect(asked).toHaveLength(0);
    expect(borders.starts('a', wide)).toEqual([]);
  });

  it('has few reads under way and aborts those that left the screen', async () => {
    const { asked, borders } = harness();
    borders.want(['a', 'b', 'c', 'd', 'e', 'f'], view);
    expect(asked.map(({ stream }) => stream)).toEqual(['a', 'b', 'c', 'd']);
    borders.want(['f'], view);
    expect(asked.filter(({ signal }) => signal.aborted)).toHaveLength(4);
    await settle();
    borders.want(['f'], view);
    expect(asked.at(-1)?.stream).toBe('f');
  });

  it('reads again what has changed', async () => {
    const { asked, borders } = harness();
    borders.want(['a'], view);
    await settle();
    borders.invalidate('a', { startUs: view.endUs - 10, endUs: view.endUs });
    borders.want(['a'], view);
    expect(asked).toHaveLength(2);
  });
});
