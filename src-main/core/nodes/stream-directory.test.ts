import { expect, it } from 'vitest';
import type { Stream } from '../../../src-shared/model/node-json.ts';
import { parseStream } from './parse-node-json.ts';
import { StreamDirectory } from './stream-directory.ts';

const NONE: ReadonlySet<string> = new Set();
const said = (streams: readonly Stream[], isStale = false) => ({ streams, isStale, silent: NONE });
const stream = (id: string) => parseStream({ id, createdAt: 1, publish: {}, subscribe: {} });
const idsIn = (bytes: Buffer) => (JSON.parse(bytes.toString()) as { id: string }[]).map(({ id }) => id);

it('gives the same JSON as bytes and as text, sorted, whatever the names', () => {
  const directory = new StreamDirectory();
  expect(directory.mergedBytes().toString()).toBe('[]');
  directory.setNode('b', said([stream('tür 🚪'), stream('cam')]), 0);
  directory.setNode('a', said([stream('"quoted"\\'), stream('cam')]), 0);
  expect(idsIn(directory.mergedBytes())).toEqual(['"quoted"\\', 'cam', 'tür 🚪']);
  expect(directory.mergedBytes().toString()).toBe(directory.mergedText(directory.ids()));
});

it('leaves out what only nodes have that do not answer, and follows each change', () => {
  const directory = new StreamDirectory();
  directory.setNode('a', said([stream('one'), stream('two')]), 0);
  directory.setNode('b', said([stream('two'), stream('three')], true), 0);
  expect(idsIn(directory.mergedBytes())).toEqual(['one', 'two']);
  directory.setNode('b', said([stream('three')]), 0);
  directory.removeNode('a');
  expect(idsIn(directory.mergedBytes())).toEqual(['three']);
});

it('keeps the latest bitrates of a stream over its nodes, and forgets them with it', () => {
  const directory = new StreamDirectory();
  const sending = (bitrate: number) =>
    parseStream({ id: 'cam', createdAt: 1, publish: {}, subscribe: {}, stats: { publish: { bitrate } } });
  directory.setNode('a', said([sending(100)]), 0);
  directory.setNode('b', said([sending(10)]), 500);
  directory.setNode('a', said([sending(200)]), 2000);
  expect(directory.bitratesBps('cam')).toEqual([100, 210]);
  directory.setNode('a', said([sending(200)], true), 4000);
  expect(directory.bitratesBps('cam')).toEqual([100, 210, 10]);
  for (let i = 0; i < 50; i += 1) directory.setNode('b', said([sending(i)]), 10_000 + i * 2000);
  expect(directory.bitratesBps('cam')).toHaveLength(40);
  expect(directory.bitratesBps('cam').at(-1)).toBe(49);
  directory.removeNode('a');
  directory.removeNode('b');
  expect(directory.bitratesBps('cam')).toEqual([]);
});
