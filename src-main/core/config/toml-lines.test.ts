import { expect, it } from 'vitest';
import { findKeyLines } from './toml-lines.ts';

const TEXT = `a.b = 1 # a = 2
[table]
"quoted key" = "not = a [header]"
long = """
[fake]
x = 1
"""
list = [
  "]", # ]
  'y = 1',
]
after = true
[[item]]
name = 1
[item.sub]
deep = 2
[[item.child]]
z = 1
[[item.child]]
z = 2
[[item]]
name = 2
[item.sub]
deep = { inner = 3 }
`;

it.each([
  ['a.b', 1],
  ['table', 2],
  ['table.quoted key', 3],
  ['table.long', 4],
  ['table.list', 8],
  ['table.after', 12],
  ['item[0].name', 14],
  ['item[0].sub.deep', 16],
  ['item[0].child[1].z', 20],
  ['item[1].name', 22],
  ['item[1].sub.deep', 24],
  ['item', 13],
])('finds %s', (path, line) => {
  expect(findKeyLines(TEXT)(path)).toBe(line);
});

it('falls back to what is around a key, and does not take text in values for keys', () => {
  const find = findKeyLines(TEXT);
  expect(find('item[1].sub.deep.inner')).toBe(24);
  expect(find('table.list[1]')).toBe(8);
  expect(find('item[1].absent')).toBe(21);
  expect(find('fake')).toBeUndefined();
  expect(find('table.x')).toBe(2);
});

it('counts lines alike with Windows line ends', () => {
  expect(findKeyLines(TEXT.replaceAll('\n', '\r\n'))('table.after')).toBe(12);
});
