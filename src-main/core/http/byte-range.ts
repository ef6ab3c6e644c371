/** Outcome of a Range header: the whole, one part, or nothing that can be given. */
export type ByteRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly startByte: number; readonly endByte: number }
  | { readonly kind: 'unsatisfiable' };

/**
 * Reads a Range header for a representation of `sizeBytes`.
 *
 * `endByte` is exclusive. Other units, several ranges and malformed headers mean the whole, as RFC 9110 allows.
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return { kind: 'whole' };
  const [, first = '', last = ''] = match;
  if (first === '') {
    const suffixBytes = Math.min(Number(last), sizeBytes);
    if (suffixBytes === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', startByte: sizeBytes - suffixBytes, endByte: sizeBytes };
  }
  const startByte = Number(first);
  const endByte = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (last !== '' && Number(last) < startByte) return { kind: 'whole' };
  return startByte >= sizeBytes ? { kind: 'unsatisfiable' } : { kind: 'part', startByte, endByte };
}
