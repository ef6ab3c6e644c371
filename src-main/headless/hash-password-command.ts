import { hashPassword } from '../core/auth/password-hash.ts';
import { AppError } from '../core/base/errors.ts';
import { readSecretValue } from './read-secret-value.ts';

/**
 * `liveman hash-password`: the line for `auth.accounts[].password`. On a terminal the password is asked for twice and not
 * shown; otherwise it is all of standard input. Throws AppError.
 */
export async function hashFromInput(): Promise<string> {
  const isTyped = process.stdin.isTTY;
  const password = await readSecretValue('Password: ');
  if (isTyped && (await readSecretValue('Once more: ')) !== password) {
    throw new AppError('bad_request', 'The two are not the same; nothing was hashed.');
  }
  return hashPassword(password);
}
