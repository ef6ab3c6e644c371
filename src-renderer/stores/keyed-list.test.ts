import { describe, expect, it } from 'vitest';
import { mergeByKey } from './keyed-list.ts';

const idOf = (entry: { id: string }) => entry.id;

describe('mergeByKey', () => {
  it('replaces, adds and removes, ordered as people order names', () => {
    const kept = { id: 'edge-2', n: 1 };
    const list = [kept, { id: 'edge-3', n: 1 }, { id: 'edge-10', n: 1 }];
    const merged = mergeByKey(
      list,
      [
        { id: 'edge-10', n: 2 },
        { id: 'edge-1', n: 1 },
      ],
      ['edge-3'],
      idOf,
    );
    expect(merged.map(idOf)).toEqual(['edge-1', 'edge-2', 'edge-10']);
    expect(merged[1]).toBe(kept);
    expect(merged[2]).toMatchObject({ n: 2 });
  });

  it('is the same list when nothing changed', () => {
    const list = [{ id: 'a' }];
    expect(mergeByKey(list, [], [], idOf)).toBe(list);
  });
});
