import { expect, it } from 'vitest';
import { flagAt, flagsInView, flagText } from './timeline-flags.ts';

const bookmark = (stream: string | null, startUs: number, endUs = startUs, label = '') => ({
  id: `${stream}${startUs}`,
  stream,
  startUs,
  endUs,
  label,
  isProtected: false,
  createdBy: '',
  createdAtMs: 0,
  updatedAtMs: 0,
});
const view = { startUs: 100, endUs: 200 };

it('shows the bookmarks of a lane that touch the view, and those of all streams on each', () => {
  const bookmarks = [
    bookmark('a', 50),
    bookmark('a', 50, 100),
    bookmark('b', 150),
    bookmark('c', 150),
    bookmark(null, 200),
    bookmark('a', 201),
  ];
  expect(flagsInView(bookmarks, ['a', 'b'], view).map(({ lane, startUs }) => [lane, startUs])).toEqual([
    [0, 50],
    [1, 150],
    [0, 200],
    [1, 200],
  ]);
});

it('finds the nearest pole, else the shortest range under the pointer', () => {
  const flags = flagsInView(
    [bookmark('a', 100, 190, 'long'), bookmark('a', 120, 150, 'short'), bookmark('a', 180, 180, 'instant')],
    ['a'],
    view,
  );
  expect(flagAt(flags, 0, 178, 5)?.label).toBe('instant');
  expect(flagAt(flags, 0, 140, 5)?.label).toBe('short');
  expect(flagAt(flags, 0, 160, 5)?.label).toBe('long');
  expect(flagAt(flags, 0, 196, 5)).toBeNull();
  expect(flagAt(flags, 1, 140, 5)).toBeNull();
});

it('says what a flag is', () => {
  expect(flagText({ label: '', isProtected: false })).toBe('Bookmark');
  expect(flagText({ label: 'Gate', isProtected: true })).toBe('Bookmark: Gate · protected');
});
