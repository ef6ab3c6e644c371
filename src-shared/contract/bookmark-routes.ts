import { Type } from 'typebox';
import { Bookmark, BookmarkInput } from '../model/bookmark.ts';
import { defineRoutes } from './route.ts';

const BookmarkParam = Type.Object({ id: Type.String({ format: 'uuid' }) });
const Time = Type.Integer({ minimum: 0, description: 'Microseconds since the Unix epoch.' });

/** Ranges and instants that operators marked. */
export const bookmarkRoutes = defineRoutes({
  listBookmarks: {
    method: 'GET',
    path: '/api/bookmarks',
    access: 'any',
    summary: 'Bookmarks of streams the caller may see, and of all streams, oldest first.',
    form: 'ours',
    query: Type.Object({
      stream: Type.Optional(
        Type.Union([Type.Array(Type.String()), Type.String()], {
          description: 'Only of these streams, and of all; may be repeated.',
        }),
      ),
      start_ts: Type.Optional(Time),
      end_ts: Type.Optional(Time),
      text: Type.Optional(Type.String({ maxLength: 200, description: 'Only labels that hold it.' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000, description: 'Default 500.' })),
      offset: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
    reply: Type.Object({
      bookmarks: Type.Array(Bookmark),
      isComplete: Type.Boolean({ description: 'False where more follow.' }),
    }),
    errors: ['unprocessable', 'database_unavailable'],
  },
  addBookmark: {
    method: 'POST',
    path: '/api/bookmarks',
    access: 'operate',
    audit: 'add bookmark',
    summary: 'Marks a range or an instant. Of all streams only for who may steer all.',
    form: 'ours',
    body: BookmarkInput,
    reply: Bookmark,
    errors: ['unprocessable', 'invalid_range', 'forbidden', 'database_unavailable'],
  },
  changeBookmark: {
    method: 'PATCH',
    path: '/api/bookmarks/{id}',
    access: 'operate',
    audit: 'change bookmark',
    summary: 'Changes what is named of a bookmark.',
    form: 'ours',
    params: BookmarkParam,
    body: Type.Partial(BookmarkInput),
    reply: Bookmark,
    errors: ['unprocessable', 'invalid_range', 'forbidden', 'not_found', 'database_unavailable'],
  },
  removeBookmark: {
    method: 'DELETE',
    path: '/api/bookmarks/{id}',
    access: 'operate',
    audit: 'delete bookmark',
    summary: 'Removes a bookmark; what it protected goes with the next retention run that wants it.',
    form: 'ours',
    params: BookmarkParam,
    reply: Bookmark,
    errors: ['forbidden', 'not_found', 'database_unavailable'],
  },
});
