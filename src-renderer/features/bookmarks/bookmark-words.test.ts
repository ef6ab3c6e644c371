import { expect, it } from 'vitest';
import { bookmarkName, bookmarksToList, bookmarkTime } from './bookmark-words.ts';

const bookmark = (label: string, stream: string | null, startUs: number) => ({
  id: label,
  stream,
  startUs,
  endUs: startUs,
  label,
  isProtected: false,
  createdBy: '',
  createdAtMs: 0,
  updatedAtMs: 0,
});

it('lists those of the lanes, newest first, narrowed by text', () => {
  const all = [
    bookmark('Gate opens', 'gate', 1),
    bookmark('Power cut', null, 2),
    bookmark('Truck', 'quay', 3),
    bookmark('Crane', 'gate', 4),
  ];
  const labels = (streams: string[], text = '') =>
    bookmarksToList(all, streams, text).map(({ label }) => label);
  expect(labels(['gate'])).toEqual(['Crane', 'Power cut', 'Gate opens']);
  expect(labels(['gate', 'quay'], ' GATE ')).toEqual(['Crane', 'Gate opens']);
  expect(labels([])).toEqual(['Power cut']);
});

it('says what and when it is', () => {
  expect(bookmarkName({ label: '' })).toBe('the bookmark');
  const startUs = Date.UTC(2026, 4, 3, 9, 30) * 1000;
  expect(bookmarkTime({ startUs, endUs: startUs }, 'UTC')).toMatch(/09:30:00$/);
  expect(bookmarkTime({ startUs, endUs: startUs + 90_000_000 }, 'UTC')).toMatch(/09:30:00 · /);
});
