import { expect, it } from 'vitest';
import { booleanArray, numberArray, textArray } from './array-literal.ts';

it('writes arrays as PostgreSQL reads them', () => {
  expect(numberArray([1, null, -2])).toBe('{1,NULL,-2}');
  expect(numberArray([1_795_345_208_743_001])).toBe('{1795345208743001}');
  expect(booleanArray([true, false, null])).toBe('{true,false,NULL}');
  expect(textArray(['a', null, 'NULL', '', 'x"y\\z', '{,}', 'ü '])).toBe(
    '{"a",NULL,"NULL","","x\\"y\\\\z","{,}","ü "}',
  );
  expect(textArray([])).toBe('{}');
});
