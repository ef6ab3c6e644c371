import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findPasswordProblem,
  hashOfNobody,
  hashPassword,
  isPasswordRight,
  looksHashed,
} from './password-hash.ts';

describe('password hashes', () => {
  it('match their password only, and never twice alike', async () => {
    const [first, second] = await Promise.all([hashPassword('pässword'), hashPassword('pässword')]);
    expect(first).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(first).not.toBe(second);
    expect(await isPasswordRight('pässword', first)).toBe(true);
    // The same letters as another keyboard composes them.
    expect(await isPasswordRight('pa\u0308ssword', first)).toBe(true);
    expect(await isPasswordRight('passwort', first)).toBe(false);
    expect(findPasswordProblem(first)).toBeNull();
  });

  it('are told from passwords in plain text, which upstream has', async () => {
    expect(await isPasswordRight('plain', 'plain')).toBe(true);
    expect(await isPasswordRight('plain', 'other')).toBe(false);
    expect(await isPasswordRight('', '')).toBe(false);
    for (const kept of [
      '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA',
      '$2b$10$abc',
      '$scrypt$ln=99,r=8,p=1$a$b',
    ]) {
      expect(await isPasswordRight(kept, kept)).toBe(false);
      expect(findPasswordProblem(kept)).toContain('liveman hash-password');
    }
  });

  it('stand for nobody too, at the cost of any other', async () => {
    const nobody = hashOfNobody();
    expect(nobody).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(hashOfNobody()).not.toBe(nobody);
    expect(findPasswordProblem(nobody)).toBeNull();
    for (const password of ['', 'x', nobody]) expect(await isPasswordRight(password, nobody)).toBe(false);
  });

  it('take what others have made, within what the program may spend', async () => {
    const cheap = '$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$';
    const { scryptSync } = await import('node:crypto');
    const key = scryptSync('pw', 'saltsaltsaltsalt', 32, { N: 16, r: 8, p: 1 });
    expect(await isPasswordRight('pw', cheap + key.toString('base64').replace('=', ''))).toBe(true);
    expect(
      findPasswordProblem('$scrypt$ln=20,r=16,p=16$c2FsdHNhbHRzYWx0c2FsdA$c2FsdHNhbHRzYWx0c2FsdA'),
    ).not.toBeNull();
  });

  it('never throw, whatever is kept', async () => {
    const odd = fc.oneof(
      fc.string().map((text) => `$scrypt$${text}`),
      fc.tuple(fc.nat(), fc.nat(), fc.nat()).map(([ln, r, p]) => `$scrypt$ln=${ln},r=${r},p=${p}$$`),
    );
    const check = async (kept: string, password: string) => {
      const isRight = await isPasswordRight(password, kept);
      expect(isRight).toBe(kept !== '' && !looksHashed(kept) && kept === password);
    };
    await fc.assert(fc.asyncProperty(odd, fc.string(), check), { numRuns: 500 });
    // Each of these costs as much as a hash.
    await fc.assert(fc.asyncProperty(fc.string(), fc.string(), check), { numRuns: 10 });
  }, 20_000);
});
