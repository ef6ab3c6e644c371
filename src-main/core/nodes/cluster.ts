import type { Dispatcher } from 'undici';
import type { LoadSample } from '../../../src-shared/model/load-sample.ts';
import type { NodeSample } from '../../../src-shared/model/node-config.ts';
import type { Stream, UpstreamNode } from '../../../src-shared/model/node-json.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { directDispatcher, type MakeDispatcher } from '../base/outgoing.ts';
import { ClusterLoad } from './cluster-load.ts';
import { mergeStream } from './merge-streams.ts';
import { isUsable } from './node-health.ts';
import { type NodeSnapshot, NodeWatcher, type WatchedNode } from './node-watcher.ts';
import { SharedText } from './shared-text.ts';
import { StreamDirectory } from './stream-directory.ts';
import { countRecordings, nodeView, type RecordingActivity, type StreamCopy, streamView } from './views.ts';

export interface ClusterOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly activity: RecordingActivity;
  readonly pollIntervalMs?: number;
  readonly callTimeoutMs?: number;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
}

const POLL_INTERVAL_MS = 3000;
/** So many may be asked in the same instant. */
const FEW_NODES = 30;
/** Large clusters are asked a little less often. */
const LARGE_CLUSTER = 300;
const LARGE_CLUSTER_POLL_INTERVAL_MS = 5000;
/** From one poll to the next: connecting anew each time costs as much as the poll. */
const KEEP_ALIVE_MS = 4 * LARGE_CLUSTER_POLL_INTERVAL_MS;

interface ShownStream {
  readonly copies: readonly StreamCopy[];
  readonly view: StreamView;
}

/**
 * All nodes of the cluster, each watched in the background; reads are answered from memory.
 *
 * Views are objects that stay the same as long as what they show does, so that readers see cheaply what changed.
 */
export class Cluster implements Closeable {
  readonly #watchers = new Map<string, NodeWatcher>();
  #sortedWatchers: NodeWatcher[] | null = null;
  readonly #directory = new StreamDirectory();
  readonly #nodeViews = new Map<string, { snapshot: NodeSnapshot; pulledCount: number; view: NodeView }>();
  readonly #streamViews = new Map<string, ShownStream>();
  readonly #listeners = new Set<(aliases: ReadonlySet<string>) => void>();
  readonly #dispatcher: Dispatcher;
  readonly #load: ClusterLoad;
  /** The JSON of `upstreamNodes`, shared by all who ask. */
  readonly nodesText: SharedText;
  /** The JSON of `mergedStreams`, shared by all who ask. */
  readonly streamsText: SharedText;
  /** The JSON of `nodeViews` and `streamViews`, shared by all who may see every stream. */
  readonly viewsText: SharedText;
  readonly #viewTexts = new WeakMap<object, string>();
  #version = 0;
  #addedLately = 0;
  #lastAddedMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: ClusterOptions) {
    const { clock, makeDispatcher = directDispatcher } = options;
    this.#dispatcher = makeDispatcher({
      connectTimeoutMs: 3000,
      connections: 4,
      headersTimeoutMs: 10_000,
      keepAliveMs: KEEP_ALIVE_MS,
    });
    this.#load = new ClusterLoad(() => this.#loadNow(), clock);
    this.nodesText = new SharedText({
      clock,
      readVersion: () => this.#version,
      build: () => JSON.stringify(this.upstreamNodes()),
    });
    this.streamsText = new SharedText({
      clock,
      readVersion: () => this.#directory.version,
      build: () => this.#directory.mergedBytes(),
    });
    this.viewsText = new SharedText({
      clock,
      isExact: true,
      // Whether something is being recorded changes without a word of the nodes.
      readVersion: () => this.#version + Math.floor(clock.monotonicMs() / MS_PER_SECOND),
      build: () => this.#viewsBytes(),
    });
  }

  /** Begins to watch a node. A node of the same alias is replaced. */
  async add(node: WatchedNode): Promise<void> {
    await this.remove(node.alias);
    const { callTimeoutMs, clock, logger } = this.options;
    const watcher = new NodeWatcher(node, {
      clock,
      dispatcher: this.#dispatcher,
      logger: logger.child({ part: 'node', alias: node.alias }),
      pollIntervalMs: () => this.#pollIntervalMs(),
      startDelayMs: this.#startDelayMs(),
      callTimeoutMs,
      readPulledCount: () => this.pulledCount(node.alias),
      onChange: (snapshot) => this.#changed(node.alias, snapshot),
    });
    this.#watchers.set(node.alias, watcher);
    this.#sortedWatchers = null;
    this.#changed(node.alias, watcher.snapshot);
  }

  async remove(alias: string): Promise<void> {
    const watcher = this.#watchers.get(alias);
    if (!watcher) return;
    this.#watchers.delete(alias);
    this.#sortedWatchers = null;
    this.#nodeViews.delete(alias);
    this.#directory.removeNode(alias);
    this.#changed(alias, null);
    await watcher.close();
  }

  /** Calls `listener` with the alias of each node that changed, came or went. Returns how to stop it. */
  onDidChange(listener: (aliases: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Snapshots sorted by alias. */
  snapshots(): NodeSnapshot[] {
    this.#sortedWatchers ??= [...this.#watchers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, watcher]) => watcher);
    return this.#sortedWatchers.map((watcher) => watcher.snapshot);
  }

  /** What is known of one node now. */
  snapshot(alias: string): NodeSnapshot | undefined {
    return this.#watchers.get(alias)?.snapshot;
  }

  /** Takes over what a node was asked about one stream between two polls. */
  noteStream(alias: string, stream: Stream): void {
    this.#watchers.get(alias)?.noteStream(stream);
  }

  /** Takes over that a node said between two polls to have no such stream. */
  noteGone(alias: string, id: string): void {
    this.#watchers.get(alias)?.noteGone(id);
  }

  /** Latency and load of a node, up to 60 samples, oldest first; undefined when there is no such node. */
  history(alias: string): readonly NodeSample[] | undefined {
    return this.snapshot(alias)?.samples;
  }

  /** Sorted by alias; a node that did not change is the same object as before. */
  nodeViews(): NodeView[] {
    return this.snapshots().map((snapshot) => {
      const { alias } = snapshot.node;
      const recordingCount = countRecordings(snapshot, this.options.activity);
      const pulledCount = this.pulledCount(alias);
      const known = this.#nodeViews.get(alias);
      const isSame = known?.snapshot === snapshot && known.pulledCount === pulledCount;
      if (isSame && known.view.recordingCount === recordingCount) return known.view;
      const view = nodeView(snapshot, recordingCount, pulledCount);
      this.#nodeViews.set(alias, { snapshot, pulledCount, view });
      return view;
    });
  }

  /** Sorted by id; a stream that did not change is the same object as before. */
  streamViews(): StreamView[] {
    const ids = this.#directory.ids();
    if (this.#streamViews.size > ids.length) this.#forgetViews(new Set(ids));
    return ids.map((id) => {
      const copies = this.#directory.copies(id);
      const isRecording = this.options.activity.isRecording(id);
      const known = this.#streamViews.get(id);
      if (known?.copies === copies && known.view.isRecording === isRecording) return known.view;
      const view = streamView(id, copies, isRecording);
      this.#streamViews.set(id, { copies, view });
      return view;
    });
  }

  #viewsBytes(): Buffer {
    const text = (view: NodeView | StreamView) => {
      const known = this.#viewTexts.get(view) ?? JSON.stringify(view);
      this.#viewTexts.set(view, known);
      return known;
    };
    const nodes = this.nodeViews().map(text).join(',');
    return Buffer.from(`{"nodes":[${nodes}],"streams":[${this.streamViews().map(text).join(',')}]}`);
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
  mergedStreams(aliases: readonly string[] = []): Stream[] {
    const isWanted = aliases.length === 0 ? () => true : (alias: string) => aliases.includes(alias);
    return this.#directory.ids().flatMap((id) => {
      if (aliases.length === 0) return this.#directory.merged(id) ?? [];
      const copies = this.#directory.copies(id).filter((copy) => !copy.isStale && isWanted(copy.alias));
      return copies.length === 0 ? [] : mergeStream(copies.map((copy) => copy.stream));
    });
  }

  /** The JSON of those of `ids` that are somewhere, sorted by id. */
  mergedStreamsTextOf(ids: readonly string[]): string {
    return this.#directory.mergedText([...new Set(ids)].sort());
  }

  /** What each node said last of a stream, also nodes that do not answer. */
  copies(id: string): readonly StreamCopy[] {
    return this.#directory.copies(id);
  }

  /** Bits per second that the publishers of a stream sent lately, up to 40, oldest first. */
  bitratesBps(id: string): readonly number[] {
    return this.#directory.bitratesBps(id);
  }

  /** How many of the viewers of a node are other nodes that pull from it. */
  pulledCount(alias: string): number {
    return this.#directory.pulledCount(alias);
  }

  /** Names of all streams, sorted. */
  streamIds(): readonly string[] {
    return this.#directory.ids();
  }

  /** Changes with every change of a stream. */
  get streamsVersion(): number {
    return this.#directory.version;
  }

  /** As upstream's `GET /api/streams/{id}`: alias to stream. */
  streamByNode(id: string): Record<string, Stream> {
    const live = this.#directory.copies(id).filter((copy) => !copy.isStale);
    return Object.fromEntries(live.map((copy) => [copy.alias, copy.stream]));
  }

  /** Load of the whole cluster in the last five minutes, oldest first. */
  loadHistory(): readonly LoadSample[] {
    return this.#load.history;
  }

  async close(): Promise<void> {
    this.#load.close();
    await Promise.all([...this.#watchers.values()].map((watcher) => watcher.close()));
    this.#watchers.clear();
    this.#sortedWatchers = null;
    await this.#dispatcher.destroy();
  }

  #loadNow(): Omit<LoadSample, 'atMs'> | null {
    if (this.#watchers.size === 0) return null;
    let viewers = 0;
    let bitrateOutBps = 0;
    for (const view of this.nodeViews()) {
      viewers += view.viewerCount;
      bitrateOutBps += view.bitrateOutBps;
    }
    return { liveStreams: this.#directory.liveCount(), viewers, bitrateOutBps };
  }

  /** A node that an operator adds is asked at once; those of a long list at the start are spread. */
  #startDelayMs(): number {
    const nowMs = this.options.clock.monotonicMs();
    this.#addedLately = nowMs - this.#lastAddedMs < MS_PER_SECOND ? this.#addedLately + 1 : 0;
    this.#lastAddedMs = nowMs;
    return this.#addedLately < FEW_NODES ? 0 : Math.random() * this.#pollIntervalMs();
  }

  #pollIntervalMs(): number {
    const { pollIntervalMs } = this.options;
    if (pollIntervalMs !== undefined) return pollIntervalMs;
    return this.#watchers.size > LARGE_CLUSTER ? LARGE_CLUSTER_POLL_INTERVAL_MS : POLL_INTERVAL_MS;
  }

  #forgetViews(ids: ReadonlySet<string>): void {
    for (const id of this.#streamViews.keys()) if (!ids.has(id)) this.#streamViews.delete(id);
  }

  #changed(alias: string, snapshot: NodeSnapshot | null): void {
    this.#version += 1;
    // What a watcher says while it is being closed no longer counts.
    if (snapshot && this.#watchers.has(alias)) {
      const isStale = !isUsable(snapshot.health.state);
      this.#directory.setNode(alias, { ...snapshot, isStale }, this.options.clock.monotonicMs());
    }
    const aliases = new Set([alias]);
    for (const listener of this.#listeners) listener(aliases);
  }
}
