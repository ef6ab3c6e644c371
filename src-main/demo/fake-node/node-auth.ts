import { createHmac, timingSafeEqual } from 'node:crypto';
import { type FakeNodeOptions, isAtLeast } from './node-options.ts';

const LEEWAY_S = 60;
const [EXECUTE, WRITE, READ] = [1, 2, 4];

interface Claims {
  readonly id: string;
  readonly mode: number;
}

/** What authentication decides about a request. `crash` is the real node's panic: the connection just ends. */
export type AuthDecision = 'allowed' | 'unauthorized' | 'forbidden' | 'crash';

/** Decides as live777 does: without static tokens everything is allowed, even if a secret is set. */
export function decideAuth(
  options: Pick<FakeNodeOptions, 'tokens' | 'secret' | 'generation'>,
  request: { method: string; rawPath: string; authorization: string | undefined; nowMs: number },
): AuthDecision {
  const tokens = options.tokens ?? [];
  if (tokens.length === 0) return 'allowed';
  const { authorization } = request;
  if (authorization === undefined) return 'unauthorized';
  if (authorization.length < 7) return 'crash';
  const token = authorization.slice(7).trimStart();
  if (tokens.includes(token)) return 'allowed';
  const claims = verifyToken(token, options, request.nowMs);
  if (!claims) return 'unauthorized';
  return hasAccess(claims, request, options) ? 'allowed' : 'forbidden';
}

function verifyToken(
  token: string,
  options: Pick<FakeNodeOptions, 'secret' | 'generation'>,
  nowMs: number,
): Claims | undefined {
  const [header, payload, signature, ...rest] = token.split('.');
  if (!header || !payload || !signature || rest.length > 0) return undefined;
  const expected = createHmac('sha256', options.secret ?? '')
    .update(`${header}.${payload}`)
    .digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims = decodePart(payload);
  if (decodePart(header)?.alg !== 'HS256' || !claims) return undefined;
  const { id, exp, mode } = claims;
  if (typeof id !== 'string' || typeof exp !== 'number' || typeof mode !== 'number') return undefined;
  if (exp < nowMs / 1000 - LEEWAY_S) return undefined;
  // The JWT library of older nodes refuses an audience nobody asked for.
  if ('aud' in claims && !isAtLeast(options.generation, 'head')) return undefined;
  return { id, mode };
}

function decodePart(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The access table: paths are compared as they came, with the token's own id put in unencoded. */
function hasAccess(
  { id, mode }: Claims,
  { method, rawPath }: { method: string; rawPath: string },
  { generation }: Pick<FakeNodeOptions, 'generation'>,
): boolean {
  if (id === '*') return true;
  const has = (bit: number) => (mode & bit) !== 0;
  switch (`${method} ${rawPath}`) {
    case `GET /api/streams/${id}`:
      return true;
    case `POST /api/record/${id}`:
    case `DELETE /api/record/${id}`:
      return has(EXECUTE) && isAtLeast(generation, 'daily');
    case `GET /api/record/${id}`:
      return has(READ) && isAtLeast(generation, 'daily');
    case `DELETE /api/streams/${id}`:
    case `POST /api/cascade/${id}`:
      return has(EXECUTE);
    case `POST /whip/${id}`:
      return has(WRITE);
    case `POST /whep/${id}`:
      return has(READ);
    default:
      return false;
  }
}
