import { expect, it } from 'vitest';
import { ownerOf } from './untold-recordings.ts';

const silent = (alias: string) => ({ alias, hasListed: false });
const told = (alias: string) => ({ alias, hasListed: true });

it.each([
  ['the only node', [silent('a')], [], 'a'],
  ['the only node, although it lists what it has', [told('a')], [], 'a'],
  ['the only one that does not list what it has', [told('a'), silent('b'), told('c')], ['a'], 'b'],
  ['the one that recorded the stream before', [silent('a'), silent('b')], ['b', 'c'], 'b'],
  ['nobody, where both did', [silent('a'), silent('b')], ['a', 'b'], 'storage'],
  ['nobody, where none did', [silent('a'), silent('b')], [], 'storage'],
  ['the one that recorded the stream, where all list what they have', [told('a'), told('b')], ['a'], 'a'],
])('takes what nobody tells of for that of %s', (_, nodes, ofStream, alias) => {
  expect(ownerOf(nodes, new Set(ofStream))).toBe(alias);
});
