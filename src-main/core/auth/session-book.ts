import { randomUUID } from 'node:crypto';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { settlesWithin } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { SessionKind, StoredPrincipal } from '../db/access-tables.ts';
import type { Database } from '../db/database.ts';
import { hashOf, proofOf, randomSecret } from './secret-values.ts';
import {
  deleteSession,
  deleteSessionOfToken,
  insertSession,
  readSession,
  readSessions,
  type SessionRow,
  touchSession,
} from './session-queries.ts';

/** A session that has not ended. */
export interface OpenSession {
  readonly id: string;
  readonly kind: SessionKind;
  readonly subject: string;
  readonly proof: string;
  readonly principal: StoredPrincipal;
  readonly createdAtMs: number;
  readonly usedAtMs: number;
  readonly expiresAtMs: number;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Identifier of the JWT that was given with it, and ends with it. */
  readonly tokenId: string | null;
}

export interface NewSession {
  readonly kind: SessionKind;
  /** Account name; identifier of a JWT; else empty. */
  readonly subject: string;
  /** The credential as it is now; when it changes, the session ends. */
  readonly credential: string;
  readonly principal: StoredPrincipal;
  /** The session ends then at the latest. */
  readonly expiresAtMs?: number | undefined;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly tokenId?: string | null;
}

export interface SessionLimits {
  /** Without use. */
  readonly idleMs: number;
  readonly maxMs: number;
}

const VALUE_FORM = /^lms_[\w-]{43}$/;
const CACHED_FOR_MS = 5 * MS_PER_SECOND;
const PATIENCE_MS = MS_PER_SECOND;
const MAX_CACHED = 5000;

/**
 * Who is logged in, by the secret value its client sends: in the database, so that a restart and other managers know it,
 * and for some seconds in memory. While the database is away known sessions go on, and new ones are of this process.
 */
export class SessionBook {
  readonly #cache = new Map<string, { session: OpenSession; readAtMs: number; isStored: boolean }>();
  readonly #touchedMs = new Map<string, number>();
  /** Counts what was forgotten: what was being read then may be of before. */
  #forgottenCount = 0;

  constructor(
    private readonly database: Database | null,
    private readonly clock: Clock,
    private readonly limits: SessionLimits,
  ) {}

  /** Whether a text may be the value of a session at all. */
  static isValue(text: string): boolean {
    return VALUE_FORM.test(text);
  }

  /** Opens a session and resolves to the value for its client. */
  async open(request: NewSession): Promise<{ value: string; id: string; expiresAtMs: number }> {
    const value = `lms_${randomSecret()}`;
    const nowMs = this.clock.nowMs();
    const session: OpenSession = {
      id: randomUUID(),
      kind: request.kind,
      subject: request.subject,
      proof: proofOf(value, request.credential),
      principal: request.principal,
      createdAtMs: nowMs,
      usedAtMs: nowMs,
      expiresAtMs: Math.min(nowMs + this.limits.maxMs, request.expiresAtMs ?? Number.POSITIVE_INFINITY),
      address: request.address,
      userAgent: request.userAgent?.slice(0, 300) ?? null,
      tokenId: request.tokenId ?? null,
    };
    const isStored = await this.#store(hashOf(value), session);
    this.#remember(hashOf(value), session, isStored);
    return { value, id: session.id, expiresAtMs: session.expiresAtMs };
  }

  /** The open session of a value. Throws database_unavailable where that cannot be known now. */
  async find(value: string): Promise<OpenSession | null> {
    if (!SessionBook.isValue(value)) return null;
    const hash = hashOf(value);
    const session = await this.#lookUp(hash);
    if (!session || this.#hasEnded(session)) return null;
    this.#touch(hash, session);
    return session;
  }

  /** Open sessions, last used first; of one account only, where it is given. */
  async list(account?: string): Promise<OpenSession[]> {
    const nowMs = this.clock.nowMs();
    const rows = this.database ? await readSessions(this.database, new Date(nowMs), account) : [];
    const own = [...this.#cache.values()].filter(({ isStored }) => !isStored).map(({ session }) => session);
    const isWanted = ({ kind, subject }: OpenSession) =>
      account === undefined || (kind === 'account' && subject === account);
    return [...own.filter(isWanted), ...rows.map(fromRow)].filter((session) => !this.#hasEnded(session));
  }

  /** Ends a session by its public identifier; resolves to the JWT that ends with it. Null where there is none. */
  async end(id: string): Promise<{ tokenId: string | null } | null> {
    const cached = this.#forgetWhere((session) => session.id === id);
    const row = this.database ? await deleteSession(this.database, id) : undefined;
    if (row) return { tokenId: row.token_id };
    return cached && { tokenId: cached.tokenId };
  }

  /** Ends the session that a JWT was given with, if there is one. */
  async endOfToken(tokenId: string): Promise<void> {
    this.#forgetWhere((session) => session.tokenId === tokenId);
    if (this.database) await deleteSessionOfToken(this.database, tokenId);
  }

  /** Reads sessions that another manager ended anew when they are used; `null`: any may have ended. */
  forget(ids: ReadonlySet<string> | null): void {
    this.#forgottenCount += 1;
    for (const [hash, entry] of this.#cache) {
      if (!entry.isStored) continue;
      if (ids === null) this.#cache.set(hash, { ...entry, readAtMs: Number.NEGATIVE_INFINITY });
      else if (ids.has(entry.session.id)) this.#cache.delete(hash);
    }
  }

  /** Whether the credential the session was opened with is still the same. */
  static isProvenBy(value: string, session: OpenSession, credential: string): boolean {
    return session.proof === proofOf(value, credential);
  }

  async #store(hash: string, session: OpenSession): Promise<boolean> {
    if (!this.database) return false;
    try {
      await insertSession(this.database, toRow(hash, session));
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'database_unavailable') return false;
      throw error;
    }
  }

  async #lookUp(hash: string): Promise<OpenSession | null> {
    const cached = this.#cache.get(hash);
    const isFresh = cached && this.clock.monotonicMs() - cached.readAtMs < CACHED_FOR_MS;
    if (cached && (isFresh || !cached.isStored)) return cached.session;
    if (!this.database) return null;
    const forgottenCount = this.#forgottenCount;
    try {
      const reading = readSession(this.database, hash);
      if (cached && !(await settlesWithin(reading, PATIENCE_MS))) {
        // Nobody is kept waiting by a database that hangs; it is asked again when this is old once more.
        this.#cache.set(hash, { ...cached, readAtMs: this.clock.monotonicMs() });
        return cached.session;
      }
      const row = await reading;
      if (!row) {
        this.#cache.delete(hash);
        return null;
      }
      const session = fromRow(row);
      if (forgottenCount === this.#forgottenCount) this.#remember(hash, session, true);
      return session;
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'database_unavailable';
      if (isAway && cached) return cached.session;
      throw error;
    }
  }

  /** Takes sessions out of memory; gives one of them. */
  #forgetWhere(isMeant: (session: OpenSession) => boolean): OpenSession | null {
    this.#forgottenCount += 1;
    let found: OpenSession | null = null;
    for (const [hash, { session }] of this.#cache) {
      if (!isMeant(session)) continue;
      this.#cache.delete(hash);
      found = session;
    }
    return found;
  }

  #remember(hash: string, session: OpenSession, isStored: boolean): void {
    this.#cache.delete(hash);
    const oldest = this.#cache.keys().next().value;
    if (this.#cache.size >= MAX_CACHED && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(hash, { session, readAtMs: this.clock.monotonicMs(), isStored });
  }

  #hasEnded({ expiresAtMs, id, usedAtMs }: OpenSession): boolean {
    const nowMs = this.clock.nowMs();
    const lastUsedMs = Math.max(usedAtMs, this.#touchedMs.get(id) ?? 0);
    return nowMs >= expiresAtMs || nowMs - lastUsedMs >= this.limits.idleMs;
  }

  /** Notes the use, once a minute or four times before it would end; nobody waits for it. */
  #touch(hash: string, session: OpenSession): void {
    const nowMs = this.clock.nowMs();
    const lastUsedMs = Math.max(session.usedAtMs, this.#touchedMs.get(session.id) ?? 0);
    if (nowMs - lastUsedMs < Math.min(MS_PER_MINUTE, this.limits.idleMs / 4)) return;
    if (this.#touchedMs.size >= MAX_CACHED) this.#touchedMs.clear();
    this.#touchedMs.set(session.id, nowMs);
    const isStored = this.#cache.get(hash)?.isStored ?? true;
    // Where it cannot be noted, the session ends some time earlier than it might have.
    if (this.database && isStored) touchSession(this.database, session.id, new Date(nowMs)).catch(() => {});
  }
}

function fromRow(row: SessionRow): OpenSession {
  return {
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    proof: row.proof,
    principal: row.principal,
    createdAtMs: row.created_at.getTime(),
    usedAtMs: row.used_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    address: row.address,
    userAgent: row.user_agent,
    tokenId: row.token_id,
  };
}

function toRow(hash: string, session: OpenSession) {
  return {
    id: session.id,
    value_hash: hash,
    kind: session.kind,
    subject: session.subject,
    proof: session.proof,
    principal: JSON.stringify(session.principal),
    created_at: new Date(session.createdAtMs),
    used_at: new Date(session.usedAtMs),
    expires_at: new Date(session.expiresAtMs),
    address: session.address,
    user_agent: session.userAgent,
    token_id: session.tokenId,
  };
}
