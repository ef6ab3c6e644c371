import type { Account, AccountRole } from '../../../src-shared/model/account.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { type AccountMemo, NO_MEMO } from './account-memo.ts';
import {
  type AccountRow,
  deleteAccount,
  insertAccount,
  readAccounts,
  updateAccount,
} from './account-queries.ts';
import { findPasswordProblem, hashPassword } from './password-hash.ts';
import { Refreshed } from './refreshed.ts';

/** An account as it counts now. */
export interface KnownAccount {
  readonly name: string;
  /** Password in plain text (only in liveman.toml) or as a hash. */
  readonly password: string;
  readonly role: AccountRole;
  /** Patterns it is limited to; null: all streams. */
  readonly streams: readonly string[] | null;
  readonly isDisabled: boolean;
  readonly origin: 'config' | 'stored';
  readonly createdAtMs: number | null;
}

export interface ConfigAccount {
  readonly username: string;
  readonly password: string;
  readonly role?: AccountRole;
  readonly streams?: readonly string[];
}

export interface AccountInput {
  readonly role: AccountRole;
  readonly streams: readonly string[] | null;
  readonly isDisabled: boolean;
}

const MAX_AGE_MS = 2 * MS_PER_SECOND;
const MIN_PASSWORD_LENGTH = 8;

/** All accounts: those of liveman.toml, which only an editor changes, and those made in the window. */
export class AccountBook {
  #config: ReadonlyMap<string, KnownAccount> = new Map();
  readonly #stored: Refreshed<ReadonlyMap<string, KnownAccount>>;

  constructor(
    configAccounts: readonly ConfigAccount[],
    private readonly database: Database | null,
    clock: Clock,
    private readonly memo: AccountMemo = NO_MEMO,
  ) {
    this.takeConfig(configAccounts);
    this.#stored = new Refreshed<ReadonlyMap<string, KnownAccount>>(
      new Map(),
      async () => {
        const rows = database ? await readAccounts(database) : [];
        memo.note(rows.length > 0);
        return new Map(rows.map((row) => [row.name, fromRow(row)]));
      },
      clock,
      MAX_AGE_MS,
    );
  }

  /** The accounts of liveman.toml, whose passwords may be others now. */
  takeConfig(accounts: readonly ConfigAccount[]): void {
    const named = accounts.filter(({ username }) => username !== '');
    this.#config = new Map(named.map((account) => [account.username, fromConfig(account)]));
  }

  /** Whether there is any account, as far as is known without asking; after a start without the database, as before. */
  get hasAny(): boolean {
    const { isKnown, latest } = this.#stored;
    return this.#config.size > 0 || (isKnown ? latest.size > 0 : this.memo.hadAny());
  }

  /** Reads what is stored, at most 2 s late. */
  async load(): Promise<void> {
    await this.#stored.get();
  }

  /** Reads what is stored again, after a change. */
  reread(): Promise<void> {
    return this.#stored.reread();
  }

  /** An account that exists, disabled or not. */
  async find(name: string): Promise<KnownAccount | undefined> {
    return this.#config.get(name) ?? (await this.#stored.get()).get(name);
  }

  /** All accounts, sorted by name. */
  async list(): Promise<Account[]> {
    const stored = await this.#stored.get();
    const known = [
      ...this.#config.values(),
      ...[...stored.values()].filter(({ name }) => !this.#config.has(name)),
    ];
    return known.map(viewOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Throws bad_request, conflict, database_unavailable. */
  async add(name: string, password: string, input: AccountInput): Promise<Account> {
    demandName(name);
    demandPassword(password, name);
    if (await this.find(name)) throw new AppError('conflict', `There is an account ${name} already.`);
    if (!this.hasAny && (input.role !== 'admin' || input.streams !== null || input.isDisabled)) {
      throw new AppError(
        'conflict',
        'The first account must be an administrator of all streams: from then on everybody has to log in.',
      );
    }
    const isAdded = await insertAccount(this.#demandDatabase(), {
      name,
      password_hash: await hashPassword(password),
      role: input.role,
      streams: input.streams === null ? null : [...input.streams],
      is_disabled: input.isDisabled,
    });
    await this.#stored.reread();
    if (!isAdded) throw new AppError('conflict', `There is an account ${name} already.`);
    return this.#view(name);
  }

  /** Throws not_found, conflict for accounts of liveman.toml and for the last administrator, database_unavailable. */
  async change(name: string, input: AccountInput): Promise<Account> {
    await this.#demandStored(name);
    const isStillAdmin = input.role === 'admin' && input.streams === null && !input.isDisabled;
    const isDone = await updateAccount(
      this.#demandDatabase(),
      name,
      {
        role: input.role,
        streams: input.streams === null ? null : [...input.streams],
        is_disabled: input.isDisabled,
      },
      { needsOtherAdmin: !isStillAdmin && !this.#hasConfigAdmin() },
    );
    await this.#stored.reread();
    if (!isDone) throw lastAdminError(name);
    return this.#view(name);
  }

  /** Sessions of the account end by it. Throws as `change`. */
  async setPassword(name: string, password: string): Promise<void> {
    await this.#demandStored(name);
    demandPassword(password, name);
    const changes = { password_hash: await hashPassword(password), password_changed_at: new Date() };
    await updateAccount(this.#demandDatabase(), name, changes, { needsOtherAdmin: false });
    await this.#stored.reread();
  }

  /** Throws as `change`. */
  async remove(name: string): Promise<void> {
    await this.#demandStored(name);
    const isDone = await deleteAccount(this.#demandDatabase(), name, {
      needsOtherAdmin: !this.#hasConfigAdmin(),
    });
    await this.#stored.reread();
    if (!isDone) throw lastAdminError(name);
  }

  async #demandStored(name: string): Promise<void> {
    const account = await this.find(name);
    if (!account) throw new AppError('not_found', `There is no account ${name}. The list may have changed.`);
    if (account.origin === 'config') {
      throw new AppError('conflict', `The account ${name} is in liveman.toml and can be changed only there.`);
    }
  }

  async #view(name: string): Promise<Account> {
    const account = await this.find(name);
    if (!account) throw new AppError('not_found', `There is no account ${name}. The list may have changed.`);
    return viewOf(account);
  }

  #hasConfigAdmin(): boolean {
    return [...this.#config.values()].some(
      ({ password, role, streams }) =>
        role === 'admin' && streams === null && findPasswordProblem(password) === null,
    );
  }

  #demandDatabase(): Database {
    if (this.database) return this.database;
    throw new AppError('database_unavailable', 'Accounts cannot be changed: there is no database.');
  }
}

function fromConfig({ password, role = 'admin', streams = [], username }: ConfigAccount): KnownAccount {
  return {
    name: username,
    password,
    role,
    streams: streams.length > 0 ? streams : null,
    isDisabled: false,
    origin: 'config',
    createdAtMs: null,
  };
}

function fromRow(row: AccountRow): KnownAccount {
  return {
    name: row.name,
    password: row.password_hash,
    role: row.role,
    streams: row.streams,
    isDisabled: row.is_disabled,
    origin: 'stored',
    createdAtMs: row.created_at.getTime(),
  };
}

function viewOf({ createdAtMs, isDisabled, name, origin, password, role, streams }: KnownAccount): Account {
  const problem = findPasswordProblem(password);
  return {
    name,
    role,
    streams: streams === null ? null : [...streams],
    isDisabled,
    origin,
    problem: problem === null ? null : `The account ${problem}`,
    createdAtMs,
  };
}

function demandName(name: string): void {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u.test(name)) return;
  throw new AppError(
    'bad_request',
    'A login name has 1 to 64 letters, digits and . _ @ + -, and begins with a letter or digit.',
  );
}

/** Throws bad_request. */
function demandPassword(password: string, name: string): void {
  if ([...password].length < MIN_PASSWORD_LENGTH) {
    throw new AppError('bad_request', `A password needs at least ${MIN_PASSWORD_LENGTH} characters.`);
  }
  if (password === name) throw new AppError('bad_request', 'The password must not be the login name.');
}

function lastAdminError(name: string): AppError {
  return new AppError(
    'conflict',
    `${name} is the last administrator; without it nobody could change accounts any more. Make another one first.`,
  );
}
