import type { RouteSpec } from '../../../src-shared/contract/route.ts';
import { MODE, type Principal } from './principal.ts';

/**
 * Upstream's way to decide who may do what, for `auth.compat = "upstream"`: `*` may do everything whatever its mode,
 * a stream's token only what this table lists, with the path compared as it was sent.
 */
const TABLE: readonly { method: RouteSpec['method']; prefix: string; mode: number }[] = [
  { method: 'GET', prefix: '/api/streams/', mode: 0 },
  { method: 'POST', prefix: '/api/record/', mode: MODE.admin },
  { method: 'GET', prefix: '/api/record/', mode: MODE.read },
  { method: 'DELETE', prefix: '/api/record/', mode: MODE.admin },
  { method: 'DELETE', prefix: '/api/streams/', mode: MODE.admin },
  { method: 'POST', prefix: '/whip/', mode: MODE.write },
  { method: 'POST', prefix: '/whep/', mode: MODE.read },
  { method: 'POST', prefix: '/api/cascade/', mode: MODE.admin },
];

/**
 * Whether upstream knows such principals: bearers of tokens. Accounts with a role, and nodes that report without a
 * token, are ours alone, so that its table would give them everything or nothing.
 */
export function isKnownUpstream({ nodes, via }: Principal): boolean {
  return nodes === undefined && via !== 'account';
}

/** Whether upstream would let the principal through. `rawPath` is percent-encoded, without query. */
export function isAllowedUpstream(principal: Principal, method: string, rawPath: string): boolean {
  if (principal.id === '*') return true;
  const row = TABLE.find((entry) => entry.method === method && rawPath === entry.prefix + principal.id);
  return row !== undefined && (row.mode === 0 || (principal.mode & row.mode) !== 0);
}

/**
 * The token in an Authorization header as upstream reads it: what comes after the first 7 characters, the scheme
 * unchecked. Upstream crashes on shorter values; here they are no token.
 */
export function upstreamToken(header: string): string | null {
  return header.length < 7 ? null : header.slice(7).trimStart();
}
