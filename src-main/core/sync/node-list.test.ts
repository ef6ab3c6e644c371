import { expect, it } from 'vitest';
import { nextPage, pagePath, parseListPage } from './node-list.ts';

const page = (count: number, lastUs: number | null) => ({ recordings: [], count, lastUs, problems: [] });

it('asks for all first, and then for the microsecond of the cursor once more', () => {
  expect(pagePath({ cursorUs: null, limit: 200 })).toBe('/api/recordings?limit=200');
  expect(pagePath({ cursorUs: 5000, limit: 200 })).toBe('/api/recordings?limit=200&since_ts=4999');
  expect(pagePath({ cursorUs: 0, limit: 1 })).toBe('/api/recordings?limit=1&since_ts=0');
});

it('ends with a page that is not full, and goes on behind a full one', () => {
  const ask = { cursorUs: 100, limit: 3 };
  expect(nextPage(ask, page(2, 300), 3)).toBeNull();
  expect(nextPage(ask, page(0, null), 3)).toBeNull();
  expect(nextPage(ask, page(3, 300), 3)).toEqual({ cursorUs: 300, limit: 3 });
});

it('asks for a larger page where one microsecond fills it, and gives up at a bound', () => {
  expect(nextPage({ cursorUs: 300, limit: 3 }, page(3, 300), 3)).toEqual({ cursorUs: 300, limit: 6 });
  expect(nextPage({ cursorUs: 300, limit: 6 }, page(6, 301), 3)).toEqual({ cursorUs: 301, limit: 3 });
  const huge = { cursorUs: 300, limit: 100_000 };
  expect(nextPage(huge, page(100_000, 300), 3)).toEqual({ cursorUs: 301, limit: 3 });
});

it('loses no entry, whatever the page size and however many share a microsecond', () => {
  const changes = [1, 1, 1, 2, 3, 3, 3, 3, 3, 4, 7, 7];
  for (let limit = 1; limit <= 13; limit += 1) {
    const seen = new Set<number>();
    for (let ask: ReturnType<typeof nextPage> = { cursorUs: null, limit }; ask !== null; ) {
      const { cursorUs, limit: size }: { cursorUs: number | null; limit: number } = ask;
      const since = cursorUs === null ? -1 : Math.max(0, cursorUs - 1);
      const listed = changes
        .map((at, n) => ({ at, n }))
        .filter(({ at }) => at > since)
        .slice(0, size);
      for (const { n } of listed) seen.add(n);
      ask = nextPage(ask, page(listed.length, listed.at(-1)?.at ?? null), limit);
    }
    expect(seen.size, `limit ${limit}`).toBe(changes.length);
  }
});

const entry = {
  id: '1786500000',
  stream: 'cam1',
  start_ts: 1_786_500_000_120_000,
  end_ts: null,
  duration_ms: null,
  mpd_path: 'cam1/1786500000/manifest.mpd',
  status: 'Active',
};

it('reads an answer, and leaves out what cannot be used in words', () => {
  const bad = [
    { ...entry, mpd_path: '../../etc/manifest.mpd' },
    { ...entry, id: '' },
    { ...entry, status: 'Paused' },
    { ...entry, stream: 'a\0b' },
    { ...entry, id: 'x\0y' },
    { ...entry, id: 'tape', start_ts: 5 },
    null,
  ];
  const read = parseListPage({ sessions: [entry, ...bad], last_ts: 7 });
  expect(read.recordings).toEqual([
    {
      stream: 'cam1',
      record: '1786500000',
      dir: 'cam1/1786500000',
      startUs: 1_786_500_000_120_000,
      endUs: null,
      status: 'active',
    },
  ]);
  expect(read).toMatchObject({ count: 8, lastUs: 7 });
  expect(read.problems).toHaveLength(7);
  expect(read.problems[0]).toMatch(/'\.\.'/);
  expect(() => parseListPage({ unexpected: 'shape' })).toThrow(/list of recordings/);
});

it('takes the start from the record id where the list tells no time of this century', () => {
  const read = parseListPage({ sessions: [{ ...entry, start_ts: 9e15, end_ts: 9.1e15 }], last_ts: 7 });
  expect(read.recordings).toMatchObject([{ startUs: 1_786_500_000_000_000, endUs: null }]);
});
