import { expect, it } from 'vitest';
import { parseStream } from './parse-node-json.ts';
import { StreamDirectory } from './stream-directory.ts';

const stream = (id: string) => parseStream({ id, createdAt: 1, publish: {}, subscribe: {} });
const idsIn = (bytes: Buffer) => (JSON.parse(bytes.toString()) as { id: string }[]).map(({ id }) => id);

it('gives the same JSON as bytes and as text, sorted, whatever the names', () => {
  const directory = new StreamDirectory();
  expect(directory.mergedBytes().toString()).toBe('[]');
  directory.setNode('b', [stream('tür 🚪'), stream('cam')], false);
  directory.setNode('a', [stream('"quoted"\\'), stream('cam')], false);
  expect(idsIn(directory.mergedBytes())).toEqual(['"quoted"\\', 'cam', 'tür 🚪']);
  expect(directory.mergedBytes().toString()).toBe(directory.mergedText(directory.ids()));
});

it('leaves out what only nodes have that do not answer, and follows each change', () => {
  const directory = new StreamDirectory();
  directory.setNode('a', [stream('one'), stream('two')], false);
  directory.setNode('b', [stream('two'), stream('three')], true);
  expect(idsIn(directory.mergedBytes())).toEqual(['one', 'two']);
  directory.setNode('b', [stream('three')], false);
  directory.removeNode('a');
  expect(idsIn(directory.mergedBytes())).toEqual(['three']);
});
