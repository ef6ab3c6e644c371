import type { Bookmark, BookmarkInput } from '../../../src-shared/model/bookmark.ts';
import { api, errorMessage } from '../../api/client.ts';
import { applyBookmarks } from '../../stores/bookmarks-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { bookmarkName } from './bookmark-words.ts';

/** Makes a bookmark and offers the way back. Rejects with what went wrong. */
export async function addBookmark(input: BookmarkInput): Promise<void> {
  const bookmark = await api.call('addBookmark', { body: input });
  applyBookmarks({ changed: [bookmark], removed: [] });
  showToast({
    text: `Added ${bookmarkName(bookmark)}.`,
    action: { label: 'Undo', run: () => void withdraw(bookmark) },
  });
}

/** Rejects with what went wrong. */
export async function changeBookmark(id: string, change: Partial<BookmarkInput>): Promise<void> {
  const bookmark = await api.call('changeBookmark', { params: { id }, body: change });
  applyBookmarks({ changed: [bookmark], removed: [] });
}

/** Removes a bookmark and offers to make it again; a failure is told. */
export async function removeBookmark(bookmark: Bookmark): Promise<void> {
  if (!(await withdraw(bookmark))) return;
  const { endUs, isProtected, label, startUs, stream } = bookmark;
  showToast({
    text: `Deleted ${bookmarkName(bookmark)}.`,
    action: {
      label: 'Undo',
      run: () => void addAgain({ endUs, isProtected, label, startUs, stream }),
    },
  });
}

async function withdraw(bookmark: Bookmark): Promise<boolean> {
  try {
    await api.call('removeBookmark', { params: { id: bookmark.id } });
    applyBookmarks({ changed: [], removed: [bookmark.id] });
    return true;
  } catch (error) {
    showToast({ tone: 'bad', text: `The bookmark could not be deleted. ${errorMessage(error)}` });
    return false;
  }
}

async function addAgain(input: BookmarkInput): Promise<void> {
  try {
    applyBookmarks({ changed: [await api.call('addBookmark', { body: input })], removed: [] });
  } catch (error) {
    showToast({ tone: 'bad', text: `The bookmark could not be made again. ${errorMessage(error)}` });
  }
}
