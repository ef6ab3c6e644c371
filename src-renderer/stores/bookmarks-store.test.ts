import { beforeEach, expect, it } from 'vitest';
import type { Bookmark } from '../../src-shared/model/bookmark.ts';
import { applyBookmarks, INITIAL_BOOKMARKS, useBookmarksStore } from './bookmarks-store.ts';

const bookmark = (id: string, startUs: number, label = ''): Bookmark => ({
  id,
  stream: 'cam1',
  startUs,
  endUs: startUs,
  label,
  isProtected: false,
  createdBy: 'anna',
  createdAtMs: 0,
  updatedAtMs: 0,
});
const ids = () => useBookmarksStore.getState().bookmarks.map(({ id, label }) => id + label);

beforeEach(() => useBookmarksStore.setState(INITIAL_BOOKMARKS));

it('keeps bookmarks in the order of time, whatever comes', () => {
  applyBookmarks({ changed: [bookmark('b', 20), bookmark('a', 10)], removed: [] });
  expect(ids()).toEqual(['a', 'b']);
  applyBookmarks({ changed: [bookmark('a', 30, '!')], removed: [] });
  expect(ids()).toEqual(['b', 'a!']);
  applyBookmarks({ changed: [], removed: ['b', 'unknown'] });
  expect(ids()).toEqual(['a!']);
});
