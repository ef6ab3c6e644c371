import { type Static, Type } from 'typebox';

const Time = Type.Integer({ minimum: 0, description: 'Microseconds since the Unix epoch.' });

/** What an operator writes of a bookmark. */
export const BookmarkInput = Type.Object({
  stream: Type.Union([Type.String({ minLength: 1 }), Type.Null()], { description: 'Null for all streams.' }),
  startUs: Time,
  endUs: Type.Integer({ minimum: 0, description: 'The start for an instant.' }),
  label: Type.String({ maxLength: 500 }),
  isProtected: Type.Boolean({ description: 'Retention keeps what was recorded then.' }),
});
export type BookmarkInput = Static<typeof BookmarkInput>;

/** A range or an instant that somebody marked. */
export const Bookmark = Type.Object({
  ...BookmarkInput.properties,
  id: Type.String({ format: 'uuid' }),
  createdBy: Type.String(),
  createdAtMs: Type.Number(),
  updatedAtMs: Type.Number(),
});
export type Bookmark = Static<typeof Bookmark>;
