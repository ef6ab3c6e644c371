import { expect, it } from 'vitest';
import { parseStream } from './parse-node-json.ts';
import { StreamDirectory } from './stream-directory.ts';

const stream = (id: string) => parseStream({ id, createdAt: 1, publish: {}, subscribe: {} });
const idsIn = (bytes: Buffer) => (JSON.parse(bytes.toString()) as { id: string }[]).map(({ id }) => id);

it('gives the same JSON as bytes and as text, sorted, whatever the names', () => {
  const directory = new StreamDirectory();
  expect(directory.mergedBytes().toString()).toBe('[]');
  directory.setNode('b', [stream('tür 🚪'), stream('cam')], false, 0);
  directory.setNode('a', [stream('"quoted"\\'), stream('cam')], false, 0);
  expect(idsIn(directory.mergedBytes())).toEqual(['"quoted"\\', 'cam', 'tür 🚪']);
  expect(directory.mergedBytes().toString()).toBe(directory.mergedText(directory.ids()));
});

it('leaves out what only nodes have that do not answer, and follows each change', () => {
  const directory = new StreamDirectory();
  directory.setNode('a', [stream('one'), stream('two')], false, 0);
  directory.setNode('b', [stream('two'), stream('three')], true, 0);
  expect(idsIn(directory.mergedBytes())).toEqual(['one', 'two']);
  directory.setNode('b', [stream('three')], false, 0);
  directory.removeNode('a');
  expect(idsIn(directory.mergedBytes())).toEqual(['three']);
});

it('keeps the latest bitrates of a stream over its nodes, and forgets them with it', () => {
  const directory = new StreamDirectory();
  const sending = (bitrate: number) =>
    parseStream({ id: 'cam', createdAt: 1, publish: {}, subscribe: {}, stats: { publish: { bitrate } } });
  directory.setNode('a', [sending(100)], false, 0);
  directory.setNode('b', [sending(10)], false, 500);
  directory.setNode('a', [sending(200)], false, 2000);
  expect(directory.bitratesBps('cam')).toEqual([100, 210]);
  directory.setNode('a', [sending(200)], true, 4000);
  expect(directory.bitratesBps('cam')).toEqual([100, 210, 10]);
  for (let i = 0; i < 50; i += 1) directory.setNode('b', [sending(i)], false, 10_000 + i * 2000);
  expect(directory.bitratesBps('cam')).toHaveLength(40);
  expect(directory.bitratesBps('cam').at(-1)).toBe(49);
  directory.removeNode('a');
  directory.removeNode('b');
  expect(directory.bitratesBps('cam')).toEqual([]);
});
