import { describe, expect, it } from 'vitest';
import { checkNodeInput, normalizeNodeUrl } from './check-node-input.ts';

const url = 'http://192.0.2.1:7777';
const failure = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('it was accepted');
};

describe('normalizeNodeUrl', () => {
  it.each([
    ['http://Node.Example:80/', 'http://node.example'],
    [' https://node.example:7777/live/// ', 'https://node.example:7777/live'],
    ['http://[2001:db8::1]:7777', 'http://[2001:db8::1]:7777'],
  ])('makes %j %j', (entered, expected) => expect(normalizeNodeUrl(entered)).toBe(expected));

  it.each([
    ['', 'Give the base URL'],
    ['192.0.2.1:7777', 'Give the base URL'],
    ['http://', 'Give the base URL'],
    ['ftp://node', 'begins with ftp:'],
    ['http://user:secret@node', 'holds a user or password'],
    ['http://node/?token=secret', 'after ? or #'],
    [`http://node/${'x'.repeat(600)}`, 'Give the base URL'],
  ])('refuses %j', (entered, words) => {
    const error = failure(() => normalizeNodeUrl(entered));
    expect(error).toMatchObject({ code: 'bad_request', details: { field: 'url' } });
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).not.toContain('secret');
  });
});

describe('checkNodeInput', () => {
  it('trims, and leaves an absent token as it was', () => {
    expect(checkNodeInput({ alias: ' edge 1 ', url, site: ' Berlin ' })).toEqual({
      alias: 'edge 1',
      url,
      token: undefined,
      mode: 'poll',
      site: 'Berlin',
      storage: '',
    });
    expect(checkNodeInput({ alias: 'Köln-2', url, token: ' t ', mode: 'sse' })).toMatchObject({
      alias: 'Köln-2',
      token: 't',
      mode: 'sse',
    });
  });

  it.each(['', '  ', '../x', 'a/b', '-a', 'a\nb', 'a\u202eb', 'x'.repeat(65)])(
    'refuses the alias %j',
    (alias) => {
      expect(failure(() => checkNodeInput({ alias, url }))).toMatchObject({ details: { field: 'alias' } });
    },
  );

  it('refuses a token that would break the header, without repeating it', () => {
    const error = failure(() => checkNodeInput({ alias: 'a', url, token: 'abc\r\nx: y' }));
    expect(error).toMatchObject({ details: { field: 'token' } });
    expect((error as Error).message).not.toContain('abc');
  });
});
