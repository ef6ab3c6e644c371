import type { Bookmark, BookmarkInput } from '../../../src-shared/model/bookmark.ts';
import { usePlayerStore } from '../../stores/player-store.ts';
import { useRecordingsStore } from '../../stores/recordings-store.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';
import type { RecordingParts } from './use-recording-parts.ts';
import { goTo } from './view-moves.ts';

/** A bookmark of the selection, else of the instant under the playhead; null where there is neither. */
export function bookmarkDraft(): BookmarkInput | null {
  const { selection } = useTimelineStore.getState();
  const { playheadUs } = usePlayerStore.getState();
  const stream = useRecordingsStore.getState().active;
  const startUs = selection?.startUs ?? playheadUs;
  if (startUs === null) return null;
  const endUs = selection?.endUs ?? startUs;
  return {
    stream,
    startUs: Math.round(startUs),
    endUs: Math.round(endUs),
    label: '',
    isProtected: false,
  };
}

/** Shows a bookmark: its stream becomes the active one, a range is selected. */
export function goToBookmark(bookmark: Bookmark, parts: RecordingParts): void {
  const { endUs, startUs, stream } = bookmark;
  if (stream !== null) useRecordingsStore.getState().setActive(stream);
  if (endUs > startUs) useTimelineStore.getState().setSelection({ startUs, endUs });
  goTo(startUs, parts);
}
