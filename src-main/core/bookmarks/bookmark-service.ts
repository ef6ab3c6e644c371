import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Bookmark, BookmarkInput } from '../../../src-shared/model/bookmark.ts';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import type { BookmarksTable } from '../db/keeping-tables.ts';

export interface BookmarkQuery {
  /** Bookmarks of these streams and of all; without it every one. */
  streams?: readonly string[] | undefined;
  /** Only what touches [startUs, endUs]. */
  startUs?: number | undefined;
  endUs?: number | undefined;
  /** Only labels that hold it, whatever the case. */
  text?: string | undefined;
  limit: number;
  offset: number;
}

export interface BookmarkChange {
  id: string;
  /** Null when it was removed. */
  bookmark: Bookmark | null;
}

const MAX_TOLD = 2000;

/** The bookmarks. Methods with an id throw not_found; all database_unavailable. */
export class BookmarkService {
  readonly #listeners = new Set<(change: BookmarkChange) => void>();

  constructor(private readonly database: Database) {}

  /** Oldest first. */
  async list(query: BookmarkQuery): Promise<{ bookmarks: Bookmark[]; isComplete: boolean }> {
    const { endUs, limit, offset, startUs, streams, text } = query;
    const asked: RawBuilder<unknown>[] = [];
    if (startUs !== undefined || endUs !== undefined) {
      const range = sql`int8range(${startUs ?? null}::bigint, ${endUs ?? null}::bigint, '[]')`;
      asked.push(sql`int8range(start_ts, end_ts, '[]') && ${range}`);
    }
    if (text) asked.push(sql`position(lower(${text}) in lower(label)) > 0`);
    const pageOf = (conditions: readonly RawBuilder<unknown>[]) => sql`
      select * from bookmarks ${conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``}
      order by start_ts, id limit ${offset + limit + 1}`;
    const found = streams
      ? sql`unnest(${[...new Set([...streams, ''])]}::text[]) as wanted (name)
          cross join lateral (${pageOf([sql`stream = wanted.name`, ...asked])}) as found`
      : sql`(${pageOf(asked)}) as found`;
    const { rows } = await sql<Selectable<BookmarksTable>>`
      select found.* from ${found} order by start_ts, id limit ${limit + 1} offset ${offset}
    `.execute(this.database.db);
    return { bookmarks: rows.slice(0, limit).map(toBookmark), isComplete: rows.length <= limit };
  }

  async find(id: string): Promise<Bookmark> {
    const row = await this.database.db
      .selectFrom('bookmarks')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return this.#known(row);
  }

  /** Throws invalid_range where it ends before it starts. */
  async add(input: BookmarkInput, by: string): Promise<Bookmark> {
    const row = await this.database.db
      .insertInto('bookmarks')
      .values({ ...toRow(input), created_by: by })
      .returningAll()
      .executeTakeFirst();
    return this.#tell(this.#known(row));
  }

  /** Changes what is named. Throws invalid_range where it then ends before it starts. */
  async change(id: string, change: Partial<BookmarkInput>): Promise<Bookmark> {
    const { createdAtMs: _, createdBy: __, id: ___, updatedAtMs: ____, ...before } = await this.find(id);
    const row = await this.database.db
      .updateTable('bookmarks')
      .set({ ...toRow({ ...before, ...change }), updated_at: sql`now()` })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    return this.#tell(this.#known(row));
  }

  /** Returns what was removed, so that it can be made again. */
  async remove(id: string): Promise<Bookmark> {
    const row = await this.database.db
      .deleteFrom('bookmarks')
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    const bookmark = this.#known(row);
    for (const listener of [...this.#listeners]) listener({ id, bookmark: null });
    return bookmark;
  }

  /** Tells listeners of what another manager changed; null: of all that is there. */
  async noteForeignChange(ids: ReadonlySet<string> | null): Promise<void> {
    let found = this.database.db.selectFrom('bookmarks').selectAll().limit(MAX_TOLD);
    if (ids) found = found.where('id', 'in', [...ids]);
    const rows = await found.execute();
    for (const row of rows) this.#tell(toBookmark(row));
    const there = new Set(rows.map(({ id }) => id));
    for (const id of ids ?? []) {
      if (there.has(id)) continue;
      for (const listener of [...this.#listeners]) listener({ id, bookmark: null });
    }
  }

  /** Called with every change. Returns how to stop. */
  onDidChange(listener: (change: BookmarkChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #known(row: Selectable<BookmarksTable> | undefined): Bookmark {
    if (row) return toBookmark(row);
    throw new AppError('not_found', 'There is no such bookmark; somebody may have removed it.');
  }

  #tell(bookmark: Bookmark): Bookmark {
    for (const listener of [...this.#listeners]) listener({ id: bookmark.id, bookmark });
    return bookmark;
  }
}

function toRow({ endUs, isProtected, label, startUs, stream }: BookmarkInput) {
  if (endUs < startUs) throw new AppError('invalid_range', 'The bookmark ends before it starts.');
  return {
    stream: stream ?? '',
    start_ts: startUs,
    end_ts: endUs,
    label: label.trim(),
    is_protected: isProtected,
  };
}

function toBookmark(row: Selectable<BookmarksTable>): Bookmark {
  return {
    id: row.id,
    stream: row.stream === '' ? null : row.stream,
    startUs: row.start_ts,
    endUs: row.end_ts,
    label: row.label,
    isProtected: row.is_protected,
    createdBy: row.created_by,
    createdAtMs: row.created_at.getTime(),
    updatedAtMs: row.updated_at.getTime(),
  };
}
