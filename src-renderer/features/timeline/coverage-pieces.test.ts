import { describe, expect, it } from 'vitest';
import {
  coveredRanges,
  findRangeAt,
  gapsIn,
  nearestCovered,
  pickMainNode,
  splitBySource,
} from './coverage-pieces.ts';

const span = (startUs: number, endUs: number, isEstimated = false) => ({ startUs, endUs, isEstimated });
const edge = { alias: 'edge-01', spans: [span(0, 100), span(200, 400)] };
const cloud = { alias: 'cloud-2', spans: [span(90, 210, true)] };

describe('coverage pieces', () => {
  it('draws a second node only where the main one has a gap', () => {
    expect(splitBySource([cloud, edge], 'edge-01')).toEqual([
      { startUs: 0, endUs: 100, alias: 'edge-01', isSecondSource: false, isEstimated: false },
      { startUs: 100, endUs: 200, alias: 'cloud-2', isSecondSource: true, isEstimated: true },
      { startUs: 200, endUs: 400, alias: 'edge-01', isSecondSource: false, isEstimated: false },
    ]);
  });

  it('lets a third node fill only what the second leaves', () => {
    const third = { alias: 'x', spans: [span(0, 500)] };
    const pieces = splitBySource([{ alias: 'm', spans: [span(0, 10), span(490, 500)] }, third, cloud], 'm');
    expect(pieces.map((piece) => [piece.startUs, piece.endUs, piece.alias])).toEqual([
      [0, 10, 'm'],
      [10, 490, 'x'],
      [490, 500, 'm'],
    ]);
  });

  it('keeps the main node until another has clearly more', () => {
    expect(pickMainNode([edge, cloud], null)).toBe('edge-01');
    const almost = { alias: 'cloud-2', spans: [span(0, 310)] };
    expect(pickMainNode([edge, almost], 'edge-01')).toBe('edge-01');
    expect(pickMainNode([edge, almost], null)).toBe('cloud-2');
    expect(pickMainNode([], 'edge-01')).toBeNull();
  });

  it('finds gaps and neighbours', () => {
    const covered = coveredRanges([edge]);
    expect(gapsIn({ startUs: 0, endUs: 500 }, covered)).toEqual([
      { startUs: 100, endUs: 200 },
      { startUs: 400, endUs: 500 },
    ]);
    expect(findRangeAt(covered, 99)).toEqual({ startUs: 0, endUs: 100 });
    expect(findRangeAt(covered, 100)).toBeNull();
    expect(nearestCovered(covered, 150)).toEqual({ beforeUs: 100, afterUs: 200 });
    expect(nearestCovered(covered, 450)).toEqual({ beforeUs: 400, afterUs: null });
  });
});
