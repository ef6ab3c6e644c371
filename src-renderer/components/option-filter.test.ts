import { describe, expect, it } from 'vitest';
import { filterByText } from './option-filter.ts';

describe('filterByText', () => {
  const names = ['old-quay', 'quay-west', 'Europe/Berlin', 'lobby'];
  const find = (query: string, limit?: number) => filterByText(names, query, (name) => name, limit);

  it('puts what starts with the words first', () => {
    expect(find('quay')).toEqual(['quay-west', 'old-quay']);
    expect(find('BERL')).toEqual(['Europe/Berlin']);
  });

  it('wants every word and keeps to the limit', () => {
    expect(find('quay old')).toEqual(['old-quay']);
    expect(find('quay nothing')).toEqual([]);
    expect(find('', 2)).toEqual(['old-quay', 'quay-west']);
  });
});
