import { expect, it } from 'vitest';
import { coverSecrets, noteSecret } from './known-secrets.ts';

it('covers each secret, as it is, in URLs and in JSON, the longer one first', () => {
  expect(coverSecrets('nothing is known')).toBe('nothing is known');
  for (const secret of ['pa$$ "word"/1', 'pa$$ "word"/1 and more', 'short', '']) noteSecret(secret);
  expect(coverSecrets('with pa$$ "word"/1 and more, pa$$ "word"/1')).toBe('with [secret], [secret]');
  expect(coverSecrets(`http://me:${encodeURIComponent('pa$$ "word"/1')}@host`)).toBe(
    'http://me:[secret]@host',
  );
  expect(coverSecrets(JSON.stringify({ error: 'pa$$ "word"/1' }))).toBe('{"error":"[secret]"}');
  expect(coverSecrets('a short text')).toBe('a short text');
});
