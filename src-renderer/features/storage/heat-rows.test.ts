import { describe, expect, it } from 'vitest';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { heatRows, LEVELS, moveInHeat, orderHeatRows } from './heat-rows.ts';

const DAYS = ['2026-11-25', '2026-11-26'];

function usage(stream: string, sizes: readonly number[], nodes = ['n1'], recordedUs = US_PER_DAY) {
  const days = sizes.flatMap((sizeBytes, i) => {
    const day = DAYS[i];
    return day && sizeBytes >= 0 ? [{ day, sizeBytes, segmentCount: 1, recordedUs }] : [];
  });
  return { stream, nodes, days };
}

const total = (stream: string, sizeBytes: number) => ({
  stream,
  sizeBytes,
  segmentCount: 1,
  recordingCount: 1,
  startUs: 0,
});

describe('heatRows', () => {
  it('has a cell per day and a row also for streams of other days', () => {
    const rows = heatRows([usage('a', [10, -1])], [total('a', 10), total('old', 7)], DAYS, 'size');
    expect(rows.map(({ stream, sizeBytes, totalBytes }) => [stream, sizeBytes, totalBytes])).toEqual([
      ['a', 10, 10],
      ['old', 0, 7],
    ]);
    expect(rows[0]?.cells.map(({ level }) => level)).toEqual([LEVELS, 0]);
  });
  it('never shows as nothing what is there, also when its size is not known', () => {
    const [row] = heatRows([usage('a', [1_000_000_000, 0])], [], DAYS, 'size');
    expect(row?.cells.map(({ level }) => level)).toEqual([LEVELS, 1]);
  });
  it('takes a whole day of one node, or of two, as all day', () => {
    const levels = (nodes: string[], recordedUs: number) =>
      heatRows([usage('a', [1], nodes, recordedUs)], [], DAYS, 'time')[0]?.cells[0]?.level;
    expect(levels(['n1'], US_PER_DAY)).toBe(LEVELS);
    expect(levels(['n1', 'n2'], 2 * US_PER_DAY)).toBe(LEVELS);
    expect(levels(['n1'], US_PER_DAY / 2)).toBe(3);
    expect(levels(['n1'], 1)).toBe(1);
  });
});

describe('orderHeatRows', () => {
  it('goes by name, by size in the days shown or by size in all', () => {
    const rows = heatRows(
      [usage('b2', [9]), usage('b10', [5])],
      [total('b10', 50), total('b2', 9)],
      DAYS,
      'size',
    );
    const names = (order: 'name' | 'size' | 'total') =>
      orderHeatRows(rows, order).map(({ stream }) => stream);
    expect(names('name')).toEqual(['b2', 'b10']);
    expect(names('size')).toEqual(['b2', 'b10']);
    expect(names('total')).toEqual(['b10', 'b2']);
  });
});

describe('moveInHeat', () => {
  const size = { rows: 2, columns: 3 };
  it('moves within the grid and leaves other keys alone', () => {
    expect(moveInHeat('ArrowRight', { row: 0, column: 2 }, size)).toEqual({ row: 0, column: 2 });
    expect(moveInHeat('ArrowDown', { row: 0, column: 1 }, size)).toEqual({ row: 1, column: 1 });
    expect(moveInHeat('Home', { row: 1, column: 1 }, size)).toEqual({ row: 1, column: 0 });
    expect(moveInHeat('End', { row: 1, column: 1 }, size)).toEqual({ row: 1, column: 2 });
    expect(moveInHeat('Enter', { row: 1, column: 1 }, size)).toBeNull();
  });
});
