import { sql } from 'kysely';
import type { ManagerView } from '../../../src-shared/model/manager-view.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { LinkSession, LinkTask } from './database-link.ts';
import type { ManagerIdentity } from './manager-identity.ts';

export interface ManagerListOptions {
  readonly database: Pick<Database, 'db'>;
  readonly identity: ManagerIdentity;
  readonly version: string;
  readonly profile: string;
  /** Last migration that this program knows. */
  readonly schemaVersion: number;
  /** Aliases of the nodes that liveman.toml declares. */
  readonly configNodes: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A manager without a sign of life for so long is not there. */
const SEEN_WITHIN_SEC = 10;
/** How long managers that left are remembered, so that what they own can be told by name. */
const KEPT_DAYS = 90;
const READ_EVERY_BEATS = 5;

/** The managers on this database: signs on, shows itself, and knows the others. */
export class ManagerList implements LinkTask {
  readonly #listeners = new Set<() => void>();
  #views: readonly ManagerView[] = [];
  #text = '';
  #beats = 0;
  #schema: { version: number; programVersion: string } | null = null;

  constructor(private readonly options: ManagerListOptions) {}

  /** Who is there, this one first, then by start. Empty until the database was reached. */
  list(): readonly ManagerView[] {
    return this.#views;
  }

  /** Whether somebody else is there. */
  get hasOthers(): boolean {
    return this.#views.some(({ isSelf }) => !isSelf);
  }

  /** The program that has brought the schema beyond what this one knows; null where none has. */
  get newerProgram(): string | null {
    const { schemaVersion } = this.options;
    return this.#schema && this.#schema.version > schemaVersion ? this.#schema.programVersion : null;
  }

  /** Calls `listener` when anything of the list, or `newerProgram`, changed. */
  onDidChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Reads the list anew with the next beat. */
  expectChange(): void {
    this.#beats = 0;
  }

  async onConnect({ client }: LinkSession): Promise<void> {
    const { configNodes, identity, profile, schemaVersion, version } = this.options;
    await client.query(SIGN_ON, [
      identity.id,
      identity.sessionId,
      identity.host,
      identity.osUser,
      identity.processId,
      profile,
      version,
      schemaVersion,
      configNodes,
    ]);
    this.#beats = 0;
  }

  async onBeat({ client }: LinkSession): Promise<void> {
    await client.query('update managers set last_seen_at = clock_timestamp() where id = $1', [
      this.options.identity.id,
    ]);
    if (this.#beats % READ_EVERY_BEATS === 0) await this.#read(client);
    this.#beats += 1;
  }

  async onLoss(): Promise<void> {
    // Who is there cannot be told any more; this one surely is.
    this.#take(this.#views.filter(({ isSelf }) => isSelf).map((view) => ({ ...view, duties: [] })));
  }

  async onLeave({ client }: LinkSession): Promise<void> {
    await client.query('update managers set ended_at = clock_timestamp() where id = $1 and session_id = $2', [
      this.options.identity.id,
      this.options.identity.sessionId,
    ]);
  }

  /** Names of managers by id, also of those that have left; empty while the database is away. */
  async hosts(ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    try {
      const { rows } = await sql<{ id: string; host: string }>`
        select id, host from managers where id = any(${ids}::uuid[])`.execute(this.options.database.db);
      return new Map(rows.map(({ host, id }) => [id, host]));
    } catch (error) {
      this.options.logger.debug({ reason: errorMessage(error) }, 'The names of managers cannot be read now');
      return new Map();
    }
  }

  async #read(client: LinkSession['client']): Promise<void> {
    const { configNodes, identity } = this.options;
    const managers = await client.query<ManagerRow>(READ_MANAGERS, [SEEN_WITHIN_SEC]);
    const schema = await client.query<{ version: number; program_version: string }>(READ_SCHEMA);
    const [last] = schema.rows;
    this.#schema = last ? { version: last.version, programVersion: last.program_version } : null;
    const views = managers.rows.map((row) => viewOf(row, identity, configNodes));
    this.#take(views.sort((a, b) => Number(b.isSelf) - Number(a.isSelf) || a.startedAtMs - b.startedAtMs));
  }

  #take(views: readonly ManagerView[]): void {
    this.#views = views;
    // A sign of life alone is no news.
    const text = JSON.stringify([views.map(({ lastSeenMs: _, ...rest }) => rest), this.newerProgram]);
    if (text === this.#text) return;
    this.#text = text;
    for (const listener of this.#listeners) listener();
  }
}

interface ManagerRow {
  readonly id: string;
  readonly session_id: string;
  readonly host: string;
  readonly os_user: string;
  readonly process_id: number;
  readonly profile: string;
  readonly version: string;
  readonly schema_version: number;
  readonly config_nodes: string[];
  readonly started_at: Date;
  readonly last_seen_at: Date;
  readonly duties: string[];
}

function viewOf(row: ManagerRow, identity: ManagerIdentity, configNodes: readonly string[]): ManagerView {
  const isSelf = row.session_id === identity.sessionId;
  const own = new Set(configNodes);
  return {
    id: row.id,
    host: row.host,
    user: row.os_user,
    processId: row.process_id,
    profile: row.profile,
    version: row.version,
    startedAtMs: row.started_at.getTime(),
    lastSeenMs: row.last_seen_at.getTime(),
    duties: row.duties,
    isSelf,
    foreignNodes: row.config_nodes.filter((alias) => !own.has(alias)),
  };
}

const SIGN_ON = `
  insert into managers as m
    (id, session_id, host, os_user, process_id, profile, version, schema_version, config_nodes, started_at, last_seen_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp(), clock_timestamp())
  on conflict (id) do update set
    started_at = case when m.session_id = excluded.session_id then m.started_at else excluded.started_at end,
    session_id = excluded.session_id, host = excluded.host, os_user = excluded.os_user,
    process_id = excluded.process_id, profile = excluded.profile, version = excluded.version,
    schema_version = excluded.schema_version, config_nodes = excluded.config_nodes,
    last_seen_at = excluded.last_seen_at, ended_at = null`;

const READ_MANAGERS = `
  with forgotten as (
    delete from managers where last_seen_at < clock_timestamp() - interval '${KEPT_DAYS} days'
  )
  select m.*, coalesce(array_agg(d.duty order by d.duty) filter (where d.duty is not null), '{}') as duties
  from managers m left join duties d on d.session_id = m.session_id and d.released_at is null
  where m.ended_at is null and m.last_seen_at > clock_timestamp() - make_interval(secs => $1)
  group by m.id`;

const READ_SCHEMA = 'select version, program_version from schema_migrations order by version desc limit 1';
