import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isObjectSignature, type SignedCall, signObjectCall } from './object-signature.ts';

const key = Buffer.alloc(32, 7);
const call: SignedCall = {
  method: 'PUT',
  storage: 'default',
  path: 'cam1/1762842203/v_init.m4s',
  expires: 1_800_000_000,
};

it('is good for exactly the call it was made for', () => {
  const calls = fc.record({
    method: fc.constantFrom('GET' as const, 'PUT' as const),
    storage: fc.constantFrom('default', 'harbour'),
    path: fc.string({ unit: 'grapheme' }),
    expires: fc.nat(),
  });
  fc.assert(
    fc.property(calls, calls, (one, other) => {
      const isSame = (['method', 'storage', 'path', 'expires'] as const).every(
        (part) => one[part] === other[part],
      );
      expect(isObjectSignature(key, one, signObjectCall(key, one))).toBe(true);
      expect(isObjectSignature(key, other, signObjectCall(key, one))).toBe(isSame);
    }),
  );
});

it('does not mix up what stands beside each other', () => {
  const signature = signObjectCall(key, { ...call, path: 'x\n5\ny', expires: 1 });
  expect(isObjectSignature(key, { ...call, path: 'y', expires: 5 }, signature)).toBe(false);
});

it('is good with its own key only, and only whole', () => {
  const signature = signObjectCall(key, call);
  expect(signature).toMatch(/^[\w-]{43}$/);
  expect(isObjectSignature(Buffer.alloc(32, 8), call, signature)).toBe(false);
  for (const text of [
    '',
    signature.slice(1),
    `${signature}A`,
    `${signature.slice(0, 42)}é`,
    'x'.repeat(43),
  ]) {
    expect(isObjectSignature(key, call, text)).toBe(false);
  }
});
