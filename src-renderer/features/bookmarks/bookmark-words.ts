import type { Bookmark } from '../../../src-shared/model/bookmark.ts';
import { formatDurationUs } from '../../format/durations.ts';
import { formatClock, formatNearDate } from '../../format/times.ts';

/** How a bookmark is called in a sentence. */
export function bookmarkName({ label }: Pick<Bookmark, 'label'>): string {
  return label === '' ? 'the bookmark' : `the bookmark “${label}”`;
}

/** When it is, and how long where it has a length. */
export function bookmarkTime({ endUs, startUs }: Pick<Bookmark, 'startUs' | 'endUs'>, zone: string): string {
  const start = `${formatNearDate(startUs, zone)} ${formatClock(startUs, zone, 'seconds')}`;
  return endUs > startUs ? `${start} · ${formatDurationUs(endUs - startUs)}` : start;
}

/** Newest first; those of the lanes and of all streams, whose label or stream holds the text. */
export function bookmarksToList(
  bookmarks: readonly Bookmark[],
  streams: readonly string[],
  text: string,
): Bookmark[] {
  const wanted = text.trim().toLowerCase();
  return bookmarks
    .filter(({ stream }) => stream === null || streams.includes(stream))
    .filter(
      ({ label, stream }) =>
        label.toLowerCase().includes(wanted) || (stream ?? '').toLowerCase().includes(wanted),
    )
    .reverse();
}
