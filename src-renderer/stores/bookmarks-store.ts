import { create } from 'zustand';
import type { LiveEvents } from '../../src-shared/contract/events.ts';
import type { Bookmark } from '../../src-shared/model/bookmark.ts';
import { api, errorMessage, isAborted } from '../api/client.ts';

export interface BookmarksState {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly problem: string | null;
  /** Oldest first. */
  readonly bookmarks: readonly Bookmark[];
  /** Whether there are no more than these. */
  readonly isComplete: boolean;
}

export const INITIAL_BOOKMARKS: BookmarksState = {
  phase: 'loading',
  problem: null,
  bookmarks: [],
  isComplete: true,
};

const MAX_BOOKMARKS = 2000;

/** The bookmarks the caller may see. */
export const useBookmarksStore = create<BookmarksState>()(() => INITIAL_BOOKMARKS);

/** Reads all bookmarks; old ones stay where that fails. Resolves to whether it worked. */
export async function readBookmarks(signal?: AbortSignal): Promise<boolean> {
  try {
    const query = { limit: MAX_BOOKMARKS };
    const { bookmarks, isComplete } = await api.call('listBookmarks', { query, signal });
    useBookmarksStore.setState({ phase: 'ready', problem: null, bookmarks, isComplete });
    return true;
  } catch (error) {
    if (isAborted(error)) return false;
    useBookmarksStore.setState((state) => ({
      problem: errorMessage(error),
      phase: state.phase === 'ready' ? 'ready' : 'failed',
    }));
    return false;
  }
}

/** Takes changed and removed bookmarks, from live events or from the reply to an action. */
export function applyBookmarks({ changed, removed }: LiveEvents['bookmarks']): void {
  useBookmarksStore.setState((state) => {
    const gone = new Set([...removed, ...changed.map(({ id }) => id)]);
    const kept = state.bookmarks.filter(({ id }) => !gone.has(id));
    const bookmarks = [...kept, ...changed].sort((a, b) => a.startUs - b.startUs || (a.id < b.id ? -1 : 1));
    return { bookmarks };
  });
}
