import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { compileValidator } from './route-validator.ts';

it('takes the rest of a path, as object routes have it', () => {
  const check = compileValidator('params', Type.Object({ '*': Type.String() }));
  expect(check({ '*': 'cam 1/1795345208/v_seg_0001.m4s' })).toEqual({
    '*': 'cam 1/1795345208/v_seg_0001.m4s',
  });
});

it('reads numbers and booleans from a query and fills in defaults', () => {
  const query = Type.Object({
    start_ts: Type.Integer(),
    limit: Type.Integer({ default: 1000 }),
    all: Type.Optional(Type.Boolean()),
  });
  const check = compileValidator('query', query);
  expect(check({ start_ts: '5' })).toEqual({ start_ts: 5, limit: 1000 });
  expect(check({ start_ts: '5', limit: '7', all: 'true' })).toEqual({ start_ts: 5, limit: 7, all: true });
});

it('says which field is wrong, and takes a body as it is', () => {
  const query = compileValidator('query', Type.Object({ start_ts: Type.Integer() }));
  expect(() => query({ start_ts: 'soon' })).toThrow(/Failed to deserialize query string: at start_ts/);
  const body = compileValidator('body', Type.Object({ start_ts: Type.Integer() }));
  expect(() => body({ start_ts: '5' })).toThrow(AppError);
  expect(body({ start_ts: 5 })).toEqual({ start_ts: 5 });
});

it('refuses the character NUL wherever it stands, which the database would refuse later', () => {
  const body = compileValidator(
    'body',
    Type.Object({ segments: Type.Array(Type.Object({ path: Type.String() })) }),
  );
  expect(() => body({ segments: [{ path: 'a\0b' }] })).toThrow('NUL');
  expect(body({ segments: [{ path: 'ab' }] })).toEqual({ segments: [{ path: 'ab' }] });
});

it('refuses numbers that no column and no date holds, wherever they stand', () => {
  const query = compileValidator('query', Type.Object({ ts: Type.Integer() }));
  for (const ts of ['1e30', '99999999999999999999', '-1e30']) {
    expect(() => query({ ts })).toThrow('at ts must be <= 9007199254740991');
  }
  expect(query({ ts: '9007199254740991' })).toEqual({ ts: Number.MAX_SAFE_INTEGER });
  const body = compileValidator(
    'body',
    Type.Object({ of: Type.Array(Type.Object({ endMs: Type.Number() })) }),
  );
  expect(() => body({ of: [{ endMs: 1 }, { endMs: 9e15 }] })).toThrow('at endMs must be <= 8640000000000000');
  expect(body({ of: [{ endMs: 8.64e15 }] })).toEqual({ of: [{ endMs: 8.64e15 }] });
});
