import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { type BookmarkChange, BookmarkService } from './bookmark-service.ts';

let test: TestDatabase;
let listening: pg.Client;
const heard: { table: string; key: string }[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  listening = new pg.Client({ connectionString: test.url });
  await listening.connect();
  await listening.query('listen liveman');
  listening.on('notification', ({ payload }) => heard.push(JSON.parse(payload ?? '{}')));
});
afterAll(async () => {
  await listening?.end();
  await test?.close();
});

it('is told to other managers, who tell their windows', async () => {
  const here = new BookmarkService(test.database);
  const there = new BookmarkService(test.database);
  const changes: BookmarkChange[] = [];
  there.onDidChange((change) => changes.push(change));
  const input = { stream: 'cam1', startUs: 10, endUs: 20, label: ' Gate ', isProtected: true };
  const bookmark = await here.add(input, 'anna');
  expect(bookmark).toMatchObject({ ...input, label: 'Gate', createdBy: 'anna' });
  const told = (count: number) =>
    vi.waitFor(() => expect(heard.filter(({ table }) => table === 'bookmarks')).toHaveLength(count), {
      timeout: 10_000,
    });
  await told(1);
  expect(heard).toContainEqual(expect.objectContaining({ table: 'bookmarks', key: bookmark.id }));
  await there.noteForeignChange(new Set([bookmark.id]));
  expect(changes).toEqual([{ id: bookmark.id, bookmark }]);

  await here.remove(bookmark.id);
  await told(2);
  await there.noteForeignChange(new Set([bookmark.id]));
  expect(changes.at(-1)).toEqual({ id: bookmark.id, bookmark: null });
  await here.add({ ...input, stream: null }, 'anna');
  await there.noteForeignChange(null);
  expect(changes.at(-1)?.bookmark).toMatchObject({ stream: null });
});

it('takes a bookmark as it was where nothing else is said', async () => {
  const bookmarks = new BookmarkService(test.database);
  const { id } = await bookmarks.add(
    { stream: 'cam2', startUs: 5, endUs: 5, label: 'Truck', isProtected: false },
    'anna',
  );
  expect(await bookmarks.change(id, { stream: null })).toMatchObject({
    stream: null,
    label: 'Truck',
    endUs: 5,
  });
  await expect(bookmarks.change(id, { endUs: 4 })).rejects.toMatchObject({ code: 'invalid_range' });
  await expect(bookmarks.find(id)).resolves.toMatchObject({ endUs: 5 });
});
