import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type CoverageSpan,
  countCoverage,
  mergeSpans,
  spanChanges,
  splitAtMidnight,
} from './coverage-spans.ts';

const S = 1_000_000;
const MIDNIGHT = Date.UTC(2026, 4, 2) * 1000;
const span = (startUs: number, endUs: number, isEstimated = false): CoverageSpan => ({
  startUs,
  endUs,
  isEstimated,
});

it('cuts at midnight and merges within a day up to a second apart', () => {
  expect(
    countCoverage([
      span(MIDNIGHT - 3 * S, MIDNIGHT - 2 * S),
      span(MIDNIGHT - S, MIDNIGHT + S, true),
      span(MIDNIGHT + 2 * S + 1, MIDNIGHT + 3 * S),
      span(MIDNIGHT + 9 * S, MIDNIGHT + 9 * S),
    ]),
  ).toEqual([
    span(MIDNIGHT - 3 * S, MIDNIGHT, true),
    span(MIDNIGHT, MIDNIGHT + S, true),
    span(MIDNIGHT + 2 * S + 1, MIDNIGHT + 3 * S),
  ]);
  expect(splitAtMidnight(span(MIDNIGHT - 1, MIDNIGHT + 86_400 * S + 1))).toHaveLength(3);
});

const spans = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 8 }), fc.boolean())
    .map(([at, length, isEstimated]) => span((at * S) / 2, ((at + length) * S) / 2, isEstimated)),
  { maxLength: 12 },
);

it('gives the same however spans come, and changes lead from one to the other', () => {
  fc.assert(
    fc.property(spans, spans, (first, second) => {
      const before = mergeSpans(first);
      const after = mergeSpans([...before, ...second]);
      expect(after).toEqual(mergeSpans([...second, ...first]));
      const { removedStartsUs, written } = spanChanges(before, after);
      const stored = new Map(before.map((each) => [each.startUs, each]));
      for (const startUs of removedStartsUs) expect(stored.delete(startUs)).toBe(true);
      for (const each of written) stored.set(each.startUs, each);
      expect([...stored.values()].sort((a, b) => a.startUs - b.startUs)).toEqual(after);
    }),
  );
});
