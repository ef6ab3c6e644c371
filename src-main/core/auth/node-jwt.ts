import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';

/** What a JWT of live777 says, and what ours say besides. */
export interface NodeClaims {
  /** Stream name, or `*` for all. */
  readonly id: string;
  /** Bits: 4 read, 2 write, 1 administer. */
  readonly mode: number;
  readonly expiresAtMs: number;
  /** Identifier of tokens issued here; others may have one of their own. */
  readonly tokenId: string | null;
  /** Account whose login the token stands for. */
  readonly account: string | null;
}

const LEEWAY_SEC = 60;
/** Nodes read `exp` as 64 bits. */
const MAX_EXP = 2 ** 64;
/** Not `sub`, which tokens made elsewhere may have. */
const ACCOUNT_CLAIM = 'liveman_account';

/** Signs and checks JWTs as nodes do: HS256, claims `id`, `exp`, `mode`. */
export class NodeJwt {
  readonly #key: Uint8Array;

  /** An empty secret is for `auth.compat = "upstream"` only: anybody can sign with it. */
  constructor(secret: string) {
    const key = new TextEncoder().encode(secret);
    // HMAC fills keys up with zeros, so one zero is the same key as none, which the library refuses.
    this.#key = key.length > 0 ? key : new Uint8Array(1);
  }

  /** Claims that nodes do not know are passed over by them. */
  async sign({ account, expiresAtMs, id, mode, tokenId }: NodeClaims): Promise<string> {
    const own = account === null ? {} : { [ACCOUNT_CLAIM]: account };
    const jwt = new SignJWT({ id, mode, ...own }).setProtectedHeader({ typ: 'JWT', alg: 'HS256' });
    if (tokenId !== null) jwt.setJti(tokenId);
    return jwt.setExpirationTime(Math.floor(expiresAtMs / MS_PER_SECOND)).sign(this.#key);
  }

  /** The claims of a good token, else null: whatever is wrong with it, the answer is the same. */
  async verify(token: string, nowMs: number): Promise<NodeClaims | null> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        clockTolerance: LEEWAY_SEC,
        currentDate: new Date(nowMs),
        requiredClaims: ['exp'],
      });
      return claimsOf(payload);
    } catch {
      return null;
    }
  }
}

/** A whole number of 0 to `max`, as nodes read them. */
function isUnsigned(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

function claimsOf(payload: JWTPayload): NodeClaims | null {
  const { exp, id, jti, mode, [ACCOUNT_CLAIM]: account } = payload;
  if (typeof id !== 'string' || !isUnsigned(exp, MAX_EXP) || !isUnsigned(mode, 255)) return null;
  return {
    id,
    mode,
    expiresAtMs: exp * MS_PER_SECOND,
    tokenId: typeof jti === 'string' ? jti : null,
    account: typeof account === 'string' ? account : null,
  };
}
