import { expect, it } from 'vitest';
import { ApiError } from '../../api/client.ts';
import { formOf, inputOf, problemOf, withScheme } from './node-form.ts';

it('leaves a stored token out unless it is replaced', () => {
  const form = formOf({
    alias: 'edge',
    url: 'http://n:7777',
    mode: 'poll',
    site: '',
    storage: 'harbour',
    hasToken: true,
    origin: 'stored',
    isEditable: true,
    declaredIn: 'this window',
    problem: null,
  });
  expect(inputOf(form)).toEqual({
    alias: 'edge',
    url: 'http://n:7777',
    mode: 'poll',
    site: '',
    storage: 'harbour',
  });
  expect(inputOf({ ...form, keepsToken: false, token: '' })).toMatchObject({ token: '' });
});

it('takes an address without scheme', () => {
  expect(withScheme(' 10.0.7.13:7777 ')).toBe('http://10.0.7.13:7777');
  expect(withScheme('https://n')).toBe('https://n');
  expect(withScheme('')).toBe('');
});

it('tells a refusal at the field it is about', () => {
  const refused = new ApiError('conflict', 'Taken.', { details: { field: 'alias' } });
  expect(problemOf(refused)).toEqual({ field: 'alias', message: 'Taken.' });
  expect(problemOf(new ApiError('network', 'Away.'))).toEqual({ field: null, message: 'Away.' });
});
