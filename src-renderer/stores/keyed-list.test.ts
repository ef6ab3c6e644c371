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

  it('keeps places where entries are only replaced, again and again', () => {
    let list: readonly { id: string; n: number }[] = [
      { id: 'a', n: 0 },
      { id: 'b', n: 0 },
    ];
    const [first] = list;
    for (let n = 1; n <= 3; n += 1) list = mergeByKey(list, [{ id: 'b', n }], ['gone'], idOf);
    expect(list).toEqual([
      { id: 'a', n: 0 },
      { id: 'b', n: 3 },
    ]);
    expect(list[0]).toBe(first);
    list = mergeByKey(list, [{ id: 'a2', n: 9 }], ['b'], idOf);
    expect(list.map(idOf)).toEqual(['a', 'a2']);
    expect(mergeByKey(list, [{ id: 'a2', n: 1 }], [], idOf).map(({ n }) => n)).toEqual([0, 1]);
  });

  it('is the same list when nothing changed', () => {
    const list = [{ id: 'a' }];
    expect(mergeByKey(list, [], [], idOf)).toBe(list);
  });
});
