import { expect, it } from 'vitest';
import { ChangeFinder } from './change-finder.ts';

interface Item {
  readonly id: string;
  readonly isUp: boolean;
}
const finder = (maxMoved?: number) =>
  new ChangeFinder<Item>(
    (item) => item.id,
    (a, b) => a.isUp === b.isUp,
    maxMoved,
  );
const item = (id: string, isUp = true): Item => ({ id, isUp });

it('answers what came, changed and went, once', () => {
  const changes = finder();
  const [a, b] = [item('a'), item('b')];
  expect(changes.next([a, b])).toEqual({ changed: [a, b], removed: [] });
  expect(changes.next([a, b])).toBeNull();
  const b2 = item('b');
  expect(changes.next([a, b2])).toEqual({ changed: [b2], removed: [] });
  expect(changes.next([b2])).toEqual({ changed: [], removed: ['a'] });
  expect(changes.next([b2])).toBeNull();
});

it('lets everyone have a turn when many move, and what matters go first', () => {
  const changes = finder(2);
  const names = ['a', 'b', 'c', 'd', 'e'];
  changes.next(names.map((name) => item(name)));
  const seen: string[] = [];
  for (let round = 0; round < 3; round++) {
    const result = changes.next(names.map((name) => item(name)));
    seen.push(...(result?.changed ?? []).map((each) => each.id));
  }
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e', 'a']);
  const down = changes.next(names.map((name) => item(name, name !== 'd')));
  expect(down?.changed).toHaveLength(3);
  expect(down?.changed[0]).toEqual(item('d', false));
});

it('finds what was replaced by another', () => {
  const changes = finder();
  changes.next([item('a')]);
  expect(changes.next([item('b')])).toMatchObject({ removed: ['a'] });
});
