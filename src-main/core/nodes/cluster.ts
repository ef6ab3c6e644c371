import { Agent } from 'undici';
import type { Stream, UpstreamNode } from '../../../src-shared/model/node-json.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import type { Clock } from '../base/clock.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { mergeStream } from './merge-streams.ts';
import { isUsable } from './node-health.ts';
import { type NodeSnapshot, NodeWatcher, type WatchedNode } from './node-watcher.ts';
import { nodeView, type RecordingActivity, type StreamCopy, streamView } from './views.ts';

export interface ClusterOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly activity: RecordingActivity;
  readonly pollIntervalMs?: number;
}

const DEFAULT_POLL_INTERVAL_MS = 3000;

/** All nodes of the cluster, each watched in the background; reads are answered from memory. */
export class Cluster implements Closeable {
  readonly #watchers = new Map<string, NodeWatcher>();
  readonly #listeners = new Set<(aliases: ReadonlySet<string>) => void>();
  readonly #agent = new Agent({ connect: { timeout: 3000 }, connections: 4, headersTimeout: 10_000 });

  constructor(private readonly options: ClusterOptions) {}

  /** Begins to watch a node. A node of the same alias is replaced. */
  async add(node: WatchedNode): Promise<void> {
    await this.remove(node.alias);
    const { clock, logger, pollIntervalMs = DEFAULT_POLL_INTERVAL_MS } = this.options;
    const watcher = new NodeWatcher(node, {
      clock,
      dispatcher: this.#agent,
      logger: logger.child({ part: 'node', alias: node.alias }),
      pollIntervalMs,
      onChange: () => this.#changed(node.alias),
    });
    this.#watchers.set(node.alias, watcher);
    this.#changed(node.alias);
  }

  async remove(alias: string): Promise<void> {
    const watcher = this.#watchers.get(alias);
    if (!watcher) return;
    this.#watchers.delete(alias);
    this.#changed(alias);
    await watcher.close();
  }

  /** Calls `listener` with the alias of each node that changed, came or went. Returns how to stop it. */
  onDidChange(listener: (aliases: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Snapshots sorted by alias. */
  snapshots(): NodeSnapshot[] {
    return [...this.#watchers.values()]
      .map((watcher) => watcher.snapshot)
      .sort((a, b) => compare(a.node.alias, b.node.alias));
  }

  nodeViews(): NodeView[] {
    return this.snapshots().map((snapshot) => nodeView(snapshot, this.options.activity));
  }

  streamViews(): StreamView[] {
    return [...this.#copiesById()].map(([id, copies]) => streamView(id, copies, this.options.activity));
  }

  /** As upstream's `GET /api/nodes/`; `running` means that the node answers now. */
  upstreamNodes(): UpstreamNode[] {
    return this.snapshots().map(({ health, latencyMs, node, strategy }) => ({
      alias: node.alias,
      url: node.url,
      status: isUsable(health.state) ? 'running' : 'stopped',
      duration: latencyMs === null ? '-' : `${Math.round(latencyMs)}ms`,
      ...(strategy ? { strategy } : {}),
    }));
  }

  /** As upstream's `GET /api/streams/`: merged over nodes that answer (only `aliases`, if given), sorted by id. */
  mergedStreams(aliases?: readonly string[]): Stream[] {
    return [...this.#copiesById((snapshot) => isLive(snapshot) && isChosen(snapshot, aliases))].map(
      ([, copies]) => mergeStream(copies.map((copy) => copy.stream)),
    );
  }

  /** As upstream's `GET /api/streams/{id}`: alias to stream. */
  streamByNode(id: string): Record<string, Stream> {
    const entries = this.snapshots()
      .filter(isLive)
      .flatMap(({ node, streams }) => {
        const stream = streams.find((candidate) => candidate.id === id);
        return stream ? [[node.alias, stream] as const] : [];
      });
    return Object.fromEntries(entries);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#watchers.values()].map((watcher) => watcher.close()));
    this.#watchers.clear();
    await this.#agent.destroy();
  }

  #copiesById(isWanted: (snapshot: NodeSnapshot) => boolean = () => true): Map<string, StreamCopy[]> {
    const copies = new Map<string, StreamCopy[]>();
    for (const snapshot of this.snapshots().filter(isWanted)) {
      for (const stream of snapshot.streams) {
        const list = copies.get(stream.id);
        if (list) list.push({ snapshot, stream });
        else copies.set(stream.id, [{ snapshot, stream }]);
      }
    }
    return new Map([...copies].sort(([a], [b]) => compare(a, b)));
  }

  #changed(alias: string): void {
    const aliases = new Set([alias]);
    for (const listener of this.#listeners) listener(aliases);
  }
}

function isLive(snapshot: NodeSnapshot): boolean {
  return isUsable(snapshot.health.state);
}

function isChosen(snapshot: NodeSnapshot, aliases: readonly string[] | undefined): boolean {
  return !aliases || aliases.length === 0 || aliases.includes(snapshot.node.alias);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
