import { describe, expect, it } from 'vitest';
import {
  moveEdge,
  nudgeEdge,
  selectionBetween,
  shiftSelection,
  withInPoint,
  withLength,
  withOutPoint,
} from './timeline-selection.ts';

const selection = { startUs: 100, endUs: 200 };

describe('selection', () => {
  it('is the range between two instants', () => {
    expect(selectionBetween(5, 5)).toBeNull();
    expect(selectionBetween(9, 5)).toEqual({ startUs: 5, endUs: 9 });
  });

  it('swaps the edge that is dragged over the other', () => {
    expect(moveEdge(selection, 'start', 150)).toEqual({
      selection: { startUs: 150, endUs: 200 },
      edge: 'start',
    });
    expect(moveEdge(selection, 'start', 250)).toEqual({
      selection: { startUs: 200, endUs: 250 },
      edge: 'end',
    });
    expect(moveEdge(selection, 'end', 50)).toEqual({ selection: { startUs: 50, endUs: 100 }, edge: 'start' });
    expect(moveEdge(selection, 'end', 100)).toEqual({ selection, edge: 'end' });
  });

  it('nudges an edge and stops before the other', () => {
    expect(nudgeEdge(selection, 'start', -10, 1)).toEqual({ startUs: 90, endUs: 200 });
    expect(nudgeEdge(selection, 'start', 500, 1)).toEqual({ startUs: 199, endUs: 200 });
    expect(nudgeEdge(selection, 'end', -500, 1)).toEqual({ startUs: 100, endUs: 101 });
    expect(shiftSelection(selection, 7)).toEqual({ startUs: 107, endUs: 207 });
  });

  it('sets points and length', () => {
    expect(withInPoint(selection, 150, 10)).toEqual({ startUs: 150, endUs: 200 });
    expect(withInPoint(selection, 300, 10)).toEqual({ startUs: 300, endUs: 310 });
    expect(withInPoint(null, 300, 10)).toEqual({ startUs: 300, endUs: 310 });
    expect(withOutPoint(selection, 150, 10)).toEqual({ startUs: 100, endUs: 150 });
    expect(withOutPoint(selection, 50, 10)).toEqual({ startUs: 40, endUs: 50 });
    expect(withLength(selection, 33)).toEqual({ startUs: 100, endUs: 133 });
    expect(withLength(selection, 0)).toBe(selection);
  });
});
