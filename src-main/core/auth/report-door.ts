import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { addressMatcher } from '../base/address-range.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { Refreshed } from './refreshed.ts';
import { hashOf, randomSecret } from './secret-values.ts';

export interface ReportPath {
  readonly alias: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
}

export interface NodeAddresses {
  readonly alias: string;
  /** Addresses, or ranges as `192.0.2.0/24`. */
  readonly report_from: readonly string[];
}

const MAX_AGE_MS = 2 * MS_PER_SECOND;
const SECRET_FORM = /^[\w-]{43}$/;

/** Nodes that report without a token: by a secret path of their own, or from an address named in liveman.toml. */
export class ReportDoor {
  readonly #addresses: readonly { alias: string; isFrom: (address: string) => boolean }[];
  readonly #paths: Refreshed<ReadonlyMap<string, ReportPath>>;

  constructor(
    nodes: readonly NodeAddresses[],
    private readonly database: Database | null,
    clock: Clock,
  ) {
    this.#addresses = nodes
      .filter(({ report_from }) => report_from.length > 0)
      .map(({ alias, report_from }) => ({ alias, isFrom: addressMatcher(report_from) }));
    this.#paths = new Refreshed<ReadonlyMap<string, ReportPath>>(
      new Map(),
      () => readPaths(database),
      clock,
      MAX_AGE_MS,
    );
  }

  /** The node a secret path belongs to; null where it is none of ours. */
  async findByPath(secret: string): Promise<string | null> {
    if (!SECRET_FORM.test(secret)) return null;
    return (await this.#paths.get()).get(hashOf(secret))?.alias ?? null;
  }

  /** Nodes that may report from an address; several may sit behind one. */
  findByAddress(address: string): string[] {
    return this.#addresses.filter(({ isFrom }) => isFrom(address)).map(({ alias }) => alias);
  }

  /** Reads the secret paths again, after a change. */
  reread(): Promise<void> {
    return this.#paths.reread();
  }

  /** Secret paths by node, without the secrets. */
  async list(): Promise<ReportPath[]> {
    return [...(await this.#paths.get()).values()].sort((a, b) => (a.alias < b.alias ? -1 : 1));
  }

  /** Makes a new secret for a node; the one before no longer counts. Resolves to the secret, which is kept nowhere. */
  async issue(alias: string, by: string): Promise<string> {
    const secret = randomSecret();
    await this.#demandDatabase()
      .db.insertInto('report_paths')
      .values({ alias, secret_hash: hashOf(secret), created_by: by })
      .onConflict((conflict) =>
        conflict
          .column('alias')
          .doUpdateSet({ secret_hash: hashOf(secret), created_by: by, created_at: new Date() }),
      )
      .execute();
    await this.#paths.reread();
    return secret;
  }

  /** False where the node has none. */
  async revoke(alias: string): Promise<boolean> {
    const result = await this.#demandDatabase()
      .db.deleteFrom('report_paths')
      .where('alias', '=', alias)
      .executeTakeFirst();
    await this.#paths.reread();
    return Number(result.numDeletedRows) > 0;
  }

  #demandDatabase(): Database {
    if (this.database) return this.database;
    throw new AppError('database_unavailable', 'Secret paths cannot be changed: there is no database.');
  }
}

async function readPaths(database: Database | null): Promise<ReadonlyMap<string, ReportPath>> {
  const rows = database ? await database.db.selectFrom('report_paths').selectAll().execute() : [];
  return new Map(
    rows.map(({ alias, created_at, created_by, secret_hash }) => [
      secret_hash,
      { alias, createdAtMs: created_at.getTime(), createdBy: created_by },
    ]),
  );
}
