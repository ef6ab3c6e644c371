import { randomUUID } from 'node:crypto';
import type { IssuedToken } from '../../../src-shared/model/account.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../db/database.ts';
import { Refreshed } from './refreshed.ts';
import {
  insertToken,
  readRevokedIds,
  readTokens,
  revokeToken,
  revokeTokensOf,
  type TokenRow,
} from './token-queries.ts';

export interface NewToken {
  readonly label: string;
  /** Account whose login it stands for. */
  readonly account: string | null;
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
  readonly #revoked: Refreshed<ReadonlySet<string>>;

  constructor(
    private readonly database: Database | null,
    private readonly clock: Clock,
  ) {
    this.#revoked = new Refreshed<ReadonlySet<string>>(
      new Set(),
      async () => new Set(database ? await readRevokedIds(database, new Date(clock.nowMs())) : []),
      clock,
      MAX_AGE_MS,
    );
  }

  /** Notes a token that is about to be issued; resolves to its identifier. Throws database_unavailable. */
  async note(token: NewToken): Promise<string> {
    const id = randomUUID();
    if (this.database) {
      await insertToken(this.database, {
        id,
        label: token.label,
        account: token.account,
        stream: token.stream,
        mode: token.mode,
        issued_by: token.issuedBy,
        issued_at: new Date(this.clock.nowMs()),
        expires_at: new Date(token.expiresAtMs),
      });
    }
    return id;
  }

  async isRevoked(id: string): Promise<boolean> {
    return (await this.#revoked.get()).has(id);
  }

  /** Reads again which are revoked. */
  reread(): Promise<void> {
    return this.#revoked.reread();
  }

  /** Tokens that have not expired, newest first. */
  async list(): Promise<IssuedToken[]> {
    return this.database ? (await readTokens(this.database, new Date(this.clock.nowMs()))).map(viewOf) : [];
  }

  /** False where there is no such token. */
  async revoke(id: string, by: string): Promise<boolean> {
    if (!this.database) return false;
    const isDone = await revokeToken(this.database, id, by, new Date(this.clock.nowMs()));
    await this.#revoked.reread();
    return isDone;
  }

  /** Revokes the tokens that stand for logins of an account. */
  async revokeLogins(account: string, by: string): Promise<void> {
    if (!this.database) return;
    await revokeTokensOf(this.database, account, by, new Date(this.clock.nowMs()));
    await this.#revoked.reread();
  }
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
