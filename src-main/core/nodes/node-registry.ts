import { randomUUID } from 'node:crypto';
import type { NodeConfig, NodeConfigInput } from '../../../src-shared/model/node-config.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import { noteSecret } from '../base/known-secrets.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { findUnreadable } from '../config/secret-references.ts';
import type { Database } from '../db/database.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { type CheckedNode, checkNodeInput } from './check-node-input.ts';
import type { Cluster } from './cluster.ts';
import { deleteNode, insertNode, readStoredNodes, type StoredNode, updateNode } from './node-table.ts';
import { UNREADABLE_URL, type WatchedNode } from './node-watcher.ts';

export interface NodeRegistryOptions {
  readonly cluster: Cluster;
  readonly database: Database;
  readonly secrets: SecretStore;
  readonly configNodes: readonly Omit<WatchedNode, 'origin'>[];
  /** The file that declares them; null where there is none. */
  readonly configPath: string | null;
  /** Names of the storages there are. */
  readonly storageNames?: readonly string[];
  /** The relays between nodes, which go by alias and URL. */
  readonly relays?: () => {
    /** Ends those of a node while it can still be told; does not throw. */
    endOf(alias: string): Promise<void>;
    /** A node has another alias from now on; does not throw. */
    rename(from: string, to: string): Promise<void>;
  };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Other managers of the same database add nodes too. */
const RELOAD_EVERY_MS = 10 * MS_PER_SECOND;
const UNIQUE_VIOLATION = '23505';

type ConfigNode = NodeRegistryOptions['configNodes'][number];

interface Entry {
  readonly node: StoredNode;
  readonly token: string;
  readonly problem: string | null;
}

/**
 * Which nodes are watched: those of liveman.toml, and those added in the window.
 *
 * A node of liveman.toml wins over a stored one of the same alias. Changes take effect before the call returns.
 */
export class NodeRegistry implements Closeable {
  readonly #stored = new Map<string, Entry>();
  #configNodes: readonly ConfigNode[];
  readonly #stop = new AbortController();
  #changing: Promise<unknown> = Promise.resolve();
  #reloading: Promise<void> = Promise.resolve();

  constructor(private readonly options: NodeRegistryOptions) {
    this.#configNodes = options.configNodes;
  }

  /** Begins to watch every declared node, and then follows the table. */
  async start(): Promise<void> {
    await this.#serial(async () => {
      for (const node of this.#configNodes) await this.#watchConfigured(node);
    });
    // A database that is away keeps nobody from watching the others.
    await this.reload().catch((error: unknown) => {
      this.options.logger.warn(
        { reason: errorMessage(error) },
        'The nodes added in the window are read later',
      );
    });
    this.#reloading = this.#reloadLoop();
  }

  /** The nodes of the file, whose tokens and URLs may be others now. */
  useConfigNodes(nodes: readonly ConfigNode[]): Promise<void> {
    return this.#serial(async () => {
      const before = new Map(this.#configNodes.map((node) => [node.alias, node]));
      this.#configNodes = nodes;
      for (const node of nodes) {
        const isWatched = this.options.cluster.snapshot(node.alias) !== undefined;
        const known = before.get(node.alias);
        const isSame = node.token === known?.token && node.url === known.url;
        if (isWatched && !isSame) await this.#watchConfigured(node);
      }
    });
  }

  /** Reads the table anew: another manager changed it. Throws `database_unavailable`. */
  reload(): Promise<void> {
    return this.#serial(() => this.#reload());
  }

  /** All nodes that are declared somewhere, sorted by alias. */
  list(): NodeConfig[] {
    const watched = this.options.cluster
      .snapshots()
      .filter(({ node }) => node.origin !== 'stored')
      .map(({ node }) => this.#declared(node));
    const stored = [...this.#stored.values()].map((entry) => this.#storedConfig(entry));
    return [...watched, ...stored].sort((a, b) => (a.alias < b.alias ? -1 : 1));
  }

  /** Adds a node. Throws `bad_request`, `conflict` for a taken alias or URL, or an error of database or secret store. */
  add(input: NodeConfigInput): Promise<NodeConfig> {
    const checked = this.#check(input);
    return this.#serial(async () => {
      this.#demandFreeAlias(checked.alias);
      this.#demandFreeUrl(checked.url, checked.alias);
      const id = randomUUID();
      const hasToken = !!checked.token;
      if (checked.token) await this.options.secrets.set(secretName(id), checked.token);
      try {
        await insertNode(this.options.database, id, { ...checked, hasToken });
      } catch (error) {
        if (hasToken) await this.#forgetToken(id);
        throw conflictOr(error, checked.alias);
      }
      return this.#watch({
        node: { id, ...fieldsOf(checked), hasToken },
        token: checked.token ?? '',
        problem: null,
      });
    });
  }

  /** Changes a node that was added here; errors as `add`, `not_found`, and `conflict` for one declared elsewhere. */
  edit(alias: string, input: NodeConfigInput): Promise<NodeConfig> {
    const checked = this.#check(input);
    return this.#serial(async () => {
      const before = this.#demandStored(alias);
      if (checked.alias !== alias) this.#demandFreeAlias(checked.alias);
      if (checked.url !== before.node.url) this.#demandFreeUrl(checked.url, alias);
      const { id } = before.node;
      // Other nodes reach it under the old one: what they send there cannot be told from what others made.
      if (checked.url !== before.node.url) await this.options.relays?.().endOf(alias);
      const hasToken = checked.token === undefined ? before.node.hasToken : checked.token !== '';
      if (checked.token) await this.options.secrets.set(secretName(id), checked.token);
      const isThere = await updateNode(this.options.database, id, { ...checked, hasToken }).catch((error) => {
        throw conflictOr(error, checked.alias);
      });
      if (!isThere) throw notFound(alias);
      if (checked.alias !== alias) await this.options.relays?.().rename(alias, checked.alias);
      if (checked.token === '' && before.node.hasToken) await this.#forgetToken(id);
      await this.#unwatch(alias);
      const isTokenNew = checked.token !== undefined;
      return this.#watch({
        node: { id, ...fieldsOf(checked), hasToken },
        token: checked.token ?? before.token,
        problem: isTokenNew ? null : before.problem,
      });
    });
  }

  /** Removes a node that was added here, and its token. */
  remove(alias: string): Promise<void> {
    return this.#serial(async () => {
      const { node } = this.#demandStored(alias);
      await this.options.relays?.().endOf(alias);
      await deleteNode(this.options.database, node.id);
      if (node.hasToken) await this.#forgetToken(node.id);
      await this.#unwatch(alias);
    });
  }

  /** The token of a node as it is used now, for testing an entry that is being edited. Never for showing. */
  findToken(alias: string): { readonly url: string; readonly token: string } | undefined {
    return this.options.cluster.snapshots().find(({ node }) => node.alias === alias)?.node;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reloading;
    await this.#changing;
  }

  #check(input: NodeConfigInput): CheckedNode {
    const checked = checkNodeInput(input);
    if (this.#hasStorage(checked.storage)) return checked;
    throw new AppError('bad_request', this.#unknownStorage(checked.storage), {
      details: { field: 'storage' },
    });
  }

  #hasStorage(name: string): boolean {
    return name === '' || (this.options.storageNames ?? []).includes(name);
  }

  #unknownStorage(name: string): string {
    const names = (this.options.storageNames ?? []).join(', ') || 'the default one';
    return `There is no storage ${name}. Choose one of liveman.toml: ${names}.`;
  }

  #serial<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changing.then(change);
    this.#changing = result.catch(() => {});
    return result;
  }

  async #reloadLoop(): Promise<void> {
    const { clock, logger } = this.options;
    const { signal } = this.#stop;
    for (;;) {
      await clock.sleep(RELOAD_EVERY_MS, signal);
      if (signal.aborted) return;
      await this.reload().catch((error: unknown) => {
        logger.debug({ err: error }, 'The list of nodes cannot be read now; what is known stays');
      });
    }
  }

  /** Brings what is watched in line with the table, and asks again for tokens of stored nodes that could not be read. */
  async #reload(): Promise<void> {
    const rows = await readStoredNodes(this.options.database);
    for (const [alias, { node }] of this.#stored) {
      if (!rows.some((row) => row.id === node.id && row.alias === alias)) await this.#unwatch(alias);
    }
    for (const row of rows) {
      const known = this.#stored.get(row.alias);
      const isWatched = this.options.cluster.snapshot(row.alias) !== undefined;
      if (known && isWatched && known.problem === null && isSame(known.node, row)) continue;
      const { problem, token } = await this.#readToken(row);
      const isAsBefore = known?.problem === problem && known.token === token;
      if (known && isWatched && isAsBefore && isSame(known.node, row)) continue;
      await this.#watch({ node: row, token, problem });
    }
  }

  async #readToken({ hasToken, id }: StoredNode): Promise<{ token: string; problem: string | null }> {
    if (!hasToken) return { token: '', problem: null };
    const reading = await this.options.secrets.get(secretName(id));
    if (reading.kind === 'found') {
      noteSecret(reading.value);
      return { token: reading.value, problem: null };
    }
    const problem =
      reading.kind === 'absent'
        ? `Its token is not in ${this.options.secrets.name}: the node was added on another computer. Enter it here too.`
        : `Its token cannot be read. ${reading.reason}`;
    return { token: '', problem };
  }

  /** A node of the file; its token and its URL may be such that the file only names. */
  async #watchConfigured(node: ConfigNode): Promise<void> {
    const { cluster } = this.options;
    const noUrl = findUnreadable(node.url);
    const unreadable = noUrl ?? findUnreadable(node.token);
    const watched = { ...node, origin: 'config', ...(noUrl ? { url: UNREADABLE_URL } : {}) } as const;
    if (!unreadable) return cluster.add(watched);
    const tokenProblem = `Its ${noUrl ? 'URL' : 'token'} cannot be used. ${unreadable.reason}`;
    if (cluster.snapshot(node.alias)?.node.tokenProblem === tokenProblem) return;
    await cluster.add({ ...watched, token: '', tokenProblem });
  }

  async #watch(entry: Entry): Promise<NodeConfig> {
    const { node } = entry;
    this.#stored.set(node.alias, entry);
    if (!this.#isElsewhere(node.alias)) {
      const { hasToken: _, id: __, ...watched } = node;
      const { problem, token } = entry;
      await this.options.cluster.add({ ...watched, token, origin: 'stored', tokenProblem: problem });
    }
    return this.#storedConfig(entry);
  }

  async #unwatch(alias: string): Promise<void> {
    this.#stored.delete(alias);
    if (!this.#isElsewhere(alias)) await this.options.cluster.remove(alias);
  }

  #demandStored(alias: string): Entry {
    const entry = this.#stored.get(alias);
    if (entry) return entry;
    const other = this.options.cluster.snapshots().find(({ node }) => node.alias === alias)?.node;
    if (!other) throw notFound(alias);
    throw new AppError('conflict', this.#whyReadOnly(other), { details: { field: 'alias' } });
  }

  #whyReadOnly(node: WatchedNode): string {
    return node.origin === 'demo'
      ? `The node ${node.alias} is simulated. Stop the demo to take it away.`
      : `The node ${node.alias} is declared in ${this.#configName()}. Change it there and start Liveman again.`;
  }

  #demandFreeAlias(alias: string): void {
    const taken = this.list().find((node) => node.alias === alias);
    if (taken) throw aliasTaken(alias, taken.url);
  }

  /** A node under two names would be counted twice, and be asked to relay to itself. */
  #demandFreeUrl(url: string, ownAlias: string): void {
    const taken = this.list().find((node) => node.url === url && node.alias !== ownAlias);
    if (!taken) return;
    const message = `${url} is the node ${taken.alias} already. Give another URL, or change that node.`;
    throw new AppError('conflict', message, { details: { field: 'url' } });
  }

  #isElsewhere(alias: string): boolean {
    return this.options.cluster
      .snapshots()
      .some(({ node }) => node.alias === alias && node.origin !== 'stored');
  }

  /** A leftover token does no harm: nothing names it any more. */
  async #forgetToken(id: string): Promise<void> {
    await this.options.secrets.delete(secretName(id)).catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'The token of a removed node stays in the secret store');
    });
  }

  #declared(node: WatchedNode): NodeConfig {
    return {
      alias: node.alias,
      url: node.url,
      mode: node.mode,
      site: node.site,
      storage: node.storage ?? '',
      hasToken: node.token !== '' || !!node.tokenProblem,
      origin: node.origin,
      isEditable: false,
      declaredIn: node.origin === 'demo' ? 'the demo' : this.#configName(),
      problem: node.tokenProblem ?? null,
    };
  }

  #storedConfig({ node, problem }: Entry): NodeConfig {
    const { alias, hasToken, mode, site, storage, url } = node;
    const shadow = `${this.#configName()} declares a node of the same alias, which counts. Rename or remove this one.`;
    const lost = this.#hasStorage(storage) ? null : this.#unknownStorage(storage);
    return {
      alias,
      url,
      mode,
      site,
      storage,
      hasToken,
      origin: 'stored',
      isEditable: true,
      declaredIn: 'this window',
      problem: this.#isElsewhere(alias) ? shadow : (problem ?? lost),
    };
  }

  #configName(): string {
    return this.options.configPath ?? 'liveman.toml';
  }
}

function secretName(id: string): string {
  return `node-token/${id}`;
}

function fieldsOf({ alias, mode, site, storage, url }: CheckedNode) {
  return { alias, mode, site, storage, url };
}

function isSame(a: StoredNode, b: StoredNode): boolean {
  const keys = ['id', 'url', 'mode', 'site', 'storage', 'hasToken'] as const;
  return keys.every((key) => a[key] === b[key]);
}

function notFound(alias: string): AppError {
  return new AppError('not_found', `There is no node ${alias}. The list may have changed.`);
}

function aliasTaken(alias: string, url?: string): AppError {
  const where = url ? ` (${url})` : '';
  return new AppError('conflict', `There is a node ${alias} already${where}. Choose another alias.`, {
    details: { field: 'alias' },
  });
}

function conflictOr(error: unknown, alias: string): unknown {
  return errorCode(error) === UNIQUE_VIOLATION ? aliasTaken(alias) : error;
}
