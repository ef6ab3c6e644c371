import { expect, it } from 'vitest';
import { ByteCache } from './byte-cache.ts';

it('keeps what was used last within its bytes', () => {
  const cache = new ByteCache<string>(100);
  cache.set('a', 'A', 40);
  cache.set('b', 'B', 40);
  expect(cache.get('a')).toBe('A');
  cache.set('c', 'C', 40);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['A', undefined, 'C']);
  cache.set('d', 'D', 101);
  expect(cache.get('d')).toBeUndefined();
  cache.set('a', 'A2', 10);
  expect(cache.heldBytes).toBe(50);
});
