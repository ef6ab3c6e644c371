import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { NodeJwt } from './node-jwt.ts';

// Thousands of signatures, on a computer that may be busy with other things.
vi.setConfig({ testTimeout: 60_000 });

const SECRET = 'example-secret';
const jwt = new NodeJwt(SECRET);
const NOW_MS = Date.UTC(2026, 0, 1);

const base64Url = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
const claims = fc.record({
  id: fc.string({ unit: 'grapheme' }),
  mode: fc.integer({ min: 0, max: 255 }),
  expiresAtMs: fc.integer({ min: 1, max: 1_000_000_000 }).map((inSec) => NOW_MS + inSec * 1000),
  tokenId: fc.option(fc.uuid(), { nil: null }),
  account: fc.option(fc.string({ minLength: 1 }), { nil: null }),
});

describe('NodeJwt', () => {
  it('reads back what it signed, and nothing of it under another key', async () => {
    const other = new NodeJwt(`${SECRET}x`);
    await fc.assert(
      fc.asyncProperty(claims, async (signed) => {
        const token = await jwt.sign(signed);
        expect(await jwt.verify(token, NOW_MS)).toEqual(signed);
        expect(await other.verify(token, NOW_MS)).toBeNull();
      }),
    );
  });

  it('takes no token that has ended, beyond the leeway that nodes give', async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (signed) => {
        const token = await jwt.sign(signed);
        expect(await jwt.verify(token, signed.expiresAtMs + 59_000)).not.toBeNull();
        expect(await jwt.verify(token, signed.expiresAtMs + 61_000)).toBeNull();
      }),
    );
  });

  it('takes no token of which one character has changed', async () => {
    const token = await jwt.sign({
      id: 'cam1',
      mode: 4,
      expiresAtMs: NOW_MS + 60_000,
      tokenId: null,
      account: null,
    });
    // The last character of the signature has two bits that mean nothing.
    const place = fc.integer({ min: 0, max: token.length - 2 });
    const character = fc.constantFrom(...'ABCXYZabcxyz0123456789._-');
    await fc.assert(
      fc.asyncProperty(place, character, async (at, put) => {
        const changed = token.slice(0, at) + put + token.slice(at + 1);
        fc.pre(changed !== token);
        expect(await jwt.verify(changed, NOW_MS)).toBeNull();
      }),
    );
  });

  it('takes no text that was not signed, whatever it says of itself', async () => {
    const header = fc.oneof(
      fc.json(),
      fc.constantFrom(
        '{"alg":"none"}',
        '{"alg":"NONE","typ":"JWT"}',
        '{"alg":"HS512"}',
        '{"alg":"RS256","jwk":{}}',
        '{"alg":"HS256","crit":["exp"]}',
        '{"alg":"HS256","b64":false}',
      ),
    );
    const forged = fc
      .tuple(
        header,
        fc.oneof(
          fc.json(),
          claims.map((each) => JSON.stringify(each)),
        ),
        fc.string(),
      )
      .map(([head, payload, signature]) =>
        [head, payload, signature].map((part) => Buffer.from(part).toString('base64url')).join('.'),
      );
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      forged,
      fc.constantFrom('', '.', '..', '...'),
    );
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await jwt.verify(token, NOW_MS)).toBeNull();
      }),
    );
  });

  it('takes no signed token without the claims in their types', async () => {
    const { SignJWT } = await import('jose');
    const key = new TextEncoder().encode(SECRET);
    const exp = NOW_MS / 1000 + 60;
    const good = { id: 'cam1', mode: 4, exp };
    const odd = fc.oneof(
      fc
        .jsonValue()
        .filter((value) => typeof value !== 'string')
        .map((id) => ({ ...good, id })),
      fc
        .jsonValue()
        .filter((value) => typeof value !== 'number')
        .map((mode) => ({ ...good, mode })),
      fc.constantFrom(-1, 256, 1.5, 1e300).map((mode) => ({ ...good, mode })),
      fc
        .jsonValue()
        .filter((value) => typeof value !== 'number')
        .map((wrong) => ({ ...good, exp: wrong })),
      fc.constantFrom(-1, exp + 0.5, 1e300).map((wrong) => ({ ...good, exp: wrong })),
      fc.constant({ id: 'cam1', mode: 4 }),
    );
    const sign = (payload: object) =>
      // The library checks `exp` where it is set by its type, so the claims go in as they are.
      new SignJWT(payload as Record<string, unknown>).setProtectedHeader({ alg: 'HS256' }).sign(key);
    expect(await jwt.verify(await sign(good), NOW_MS)).toMatchObject({ id: 'cam1', mode: 4 });
    await fc.assert(
      fc.asyncProperty(odd, async (payload) => {
        expect(await jwt.verify(await sign(payload), NOW_MS)).toBeNull();
      }),
    );
  });

  it('agrees with the vector that nodes were seen with', async () => {
    const token = `${base64Url({ typ: 'JWT', alg: 'HS256' })}.${base64Url({ id: 'cam1', exp: 4_102_444_800, mode: 6 })}.tNtHLS5GPkOh_lKkjiz3M8wvULinWS6l8K2uiPbloS0`;
    expect(await jwt.verify(token, NOW_MS)).toMatchObject({ id: 'cam1', mode: 6 });
  });
});
