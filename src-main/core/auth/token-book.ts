import type { IssuedToken } from '../../../src-shared/model/account.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { Refreshed } from './refreshed.ts';
import { isEqualSecret } from './secret-values.ts';
import { NO_TOKEN_MEMO, type TokenMemo } from './token-memo.ts';
import {
  insertToken,
  type KnownToken,
  readKnownTokens,
  readTokens,
  revokeToken,
  revokeTokensOf,
  type TokenRow,
} from './token-queries.ts';

export interface NewToken {
  /** Claim `jti`. */
  readonly id: string;
  readonly label: string;
  /** Account whose login it stands for. */
  readonly account: string | null;
  /** What shows that the password of the account is still the same. */
  readonly proof: string | null;
  /** Stream name or `*`. */
  readonly stream: string;
  readonly mode: number;
  readonly issuedBy: string;
  readonly expiresAtMs: number;
}

const MAX_AGE_MS = 2 * MS_PER_SECOND;

/**
 * JWTs issued here, and which of them count no longer. A revocation made in another manager is told (`reread`); where
 * that message is lost it counts 2 s later.
 */
export class TokenBook {
  readonly #known: Refreshed<ReadonlyMap<string, KnownToken>>;
  /** Logins of this process, where there is no database. */
  readonly #own = new Map<string, KnownToken>();

  constructor(
    private readonly database: Database | null,
    private readonly clock: Clock,
    memo: TokenMemo = NO_TOKEN_MEMO,
  ) {
    this.#known = new Refreshed<ReadonlyMap<string, KnownToken>>(
      byId(memo.read()),
      async () => {
        if (!database) return this.#own;
        const tokens = await readKnownTokens(database, new Date(clock.nowMs()));
        memo.note(tokens);
        return byId(tokens);
      },
      clock,
      MAX_AGE_MS,
    );
  }

  /** Notes a token that is about to be given out. Throws database_unavailable. */
  async note(token: NewToken): Promise<void> {
    if (!this.database) this.#own.set(token.id, { id: token.id, proof: token.proof, isRevoked: false });
    else {
      await insertToken(this.database, {
        id: token.id,
        proof: token.proof,
        label: token.label,
        account: token.account,
        stream: token.stream,
        mode: token.mode,
        issued_by: token.issuedBy,
        issued_at: new Date(this.clock.nowMs()),
        expires_at: new Date(token.expiresAtMs),
      });
      if (token.account !== null) await this.#known.reread();
    }
  }

  /**
   * Of a database that was never reached what was known before the start counts. Throws database_unavailable where
   * nothing was: it may have been revoked meanwhile.
   */
  async isRevoked(id: string): Promise<boolean> {
    const token = (await this.#known.get()).get(id);
    if (!token && !this.#known.isKnown) throw notSaid();
    return token?.isRevoked === true;
  }

  /**
   * Whether a token stands for a login with the password that the account has now; `proof` is made with it. Throws
   * database_unavailable where that cannot be known.
   */
  async isLogin(id: string, proof: string): Promise<boolean> {
    let token = (await this.#known.get()).get(id);
    if (!token) {
      // Another manager may have given it out a moment ago.
      await this.#known.reread();
      token = this.#known.latest.get(id);
    }
    if (!token && !this.#known.isKnown) {
      throw notSaid();
    }
    if (!token || token.isRevoked) return false;
    // One of a version that made no proofs.
    return token.proof === null || isEqualSecret(token.proof, proof);
  }

  /** Reads again which are revoked, and which stand for logins. */
  reread(): Promise<void> {
    return this.#known.reread();
  }

  /** Tokens that have not expired, newest first. */
  async list(): Promise<IssuedToken[]> {
    return this.database ? (await readTokens(this.database, new Date(this.clock.nowMs()))).map(viewOf) : [];
  }

  /** False where there is no such token. */
  async revoke(id: string, by: string): Promise<boolean> {
    if (!this.database) return false;
    const isDone = await revokeToken(this.database, id, by, new Date(this.clock.nowMs()));
    await this.#known.reread();
    return isDone;
  }

  /** Revokes the tokens that stand for logins of an account. */
  async revokeLogins(account: string, by: string): Promise<void> {
    if (!this.database) return;
    await revokeTokensOf(this.database, account, by, new Date(this.clock.nowMs()));
    await this.#known.reread();
  }
}

function notSaid(): AppError {
  return new AppError('database_unavailable', 'The database does not say whether this token still counts.');
}

function byId(tokens: readonly KnownToken[]): ReadonlyMap<string, KnownToken> {
  return new Map(tokens.map((token) => [token.id, token]));
}

function viewOf(row: TokenRow): IssuedToken {
  return {
    id: row.id,
    label: row.label,
    account: row.account,
    stream: row.stream,
    maySubscribe: (row.mode & 4) !== 0,
    mayPublish: (row.mode & 2) !== 0,
    mayAdminister: (row.mode & 1) !== 0,
    issuedBy: row.issued_by,
    issuedAtMs: row.issued_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    revokedAtMs: row.revoked_at?.getTime() ?? null,
  };
}
