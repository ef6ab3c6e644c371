import type { BookmarkService } from '../../bookmarks/bookmark-service.ts';
import type { Handlers } from '../endpoint.ts';
import { demandOperate, mayRead, type Principal } from '../principal.ts';
import { asList } from './cluster-handlers.ts';

type BookmarkRoute = 'listBookmarks' | 'addBookmark' | 'changeBookmark' | 'removeBookmark';

/** Bookmarks; each caller sees those of streams it may read, and those of all streams. */
export function bookmarkHandlers(bookmarks: BookmarkService): Pick<Handlers, BookmarkRoute> {
  return {
    listBookmarks: async ({ principal, query }) => {
      const { end_ts: endUs, limit = 500, offset = 0, start_ts: startUs, text } = query;
      const asked = query.stream === undefined ? undefined : asList(query.stream);
      // Who is limited to one stream is shown no others, so that pages are full.
      const streams = asked ?? (principal && principal.id !== '*' ? [principal.id] : undefined);
      const page = await bookmarks.list({ streams, startUs, endUs, text, limit, offset });
      return {
        bookmarks: page.bookmarks.filter(({ stream }) => maySeeBookmark(principal, stream)),
        isComplete: page.isComplete,
      };
    },
    addBookmark: ({ audit, body, principal }) => {
      audit.object(body.stream ?? 'all streams');
      audit.detail('label', body.label);
      audit.detail('isProtected', body.isProtected);
      demandOperate(principal, body.stream ?? '*');
      return bookmarks.add(body, principal?.name ?? '');
    },
    changeBookmark: async ({ audit, body, params, principal }) => {
      const before = await bookmarks.find(params.id);
      audit.object(before.stream ?? 'all streams');
      audit.detail('label', before.label);
      for (const [key, value] of Object.entries(body)) audit.detail(key, value);
      demandOperate(principal, before.stream ?? '*');
      if (body.stream !== undefined) demandOperate(principal, body.stream ?? '*');
      return bookmarks.change(params.id, body);
    },
    removeBookmark: async ({ audit, params, principal }) => {
      const before = await bookmarks.find(params.id);
      audit.object(before.stream ?? 'all streams');
      audit.detail('label', before.label);
      audit.detail('isProtected', before.isProtected);
      demandOperate(principal, before.stream ?? '*');
      return bookmarks.remove(params.id);
    },
  };
}

function maySeeBookmark(principal: Principal | null, stream: string | null): boolean {
  return principal !== null && (stream === null || mayRead(principal, stream));
}
