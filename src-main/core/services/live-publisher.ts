import type { LiveEventName, LiveEvents } from '../../../src-shared/contract/events.ts';
import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Cluster } from '../nodes/cluster.ts';

/** Where events go: the connected windows. */
export interface EventSink {
  readonly clientCount: number;
  publish<N extends LiveEventName>(name: N, data: LiveEvents[N]): void;
}

export interface LivePublisherOptions {
  readonly hub: EventSink;
  readonly cluster: Cluster;
  readonly readStatus: () => Promise<SystemStatus>;
  readonly logger: Logger;
}

/** Sent even without a change, so that a window can tell silence from a dead connection. */
const STATUS_EVERY_SEC = 10;

/** Gathers changes and hands them to the windows once a second; does nothing while no window is open. */
export class LivePublisher implements Closeable {
  readonly #timer: NodeJS.Timeout;
  readonly #coverage = new Map<string, { startUs: number; endUs: number }>();
  readonly #exports = new Map<string, ExportJob | null>();
  #knownNodes = new Map<string, string>();
  #knownStreams = new Map<string, string>();
  #lastStatus = '';
  #statusAgeSec = 0;
  #isSending = false;

  constructor(private readonly options: LivePublisherOptions) {
    this.#timer = setInterval(() => void this.#send(), MS_PER_SECOND);
  }

  /** Recorded time came in. */
  noteCoverage(stream: string, startUs: number, endUs: number): void {
    const known = this.#coverage.get(stream);
    this.#coverage.set(stream, {
      startUs: Math.min(startUs, known?.startUs ?? startUs),
      endUs: Math.max(endUs, known?.endUs ?? endUs),
    });
  }

  /** An export changed, or was taken off the list (`job` null). */
  noteExport(id: string, job: ExportJob | null): void {
    this.#exports.set(id, job);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      if (this.options.hub.clientCount === 0) return this.#forget();
      this.#sendCluster();
      this.#sendCoverage();
      this.#sendExports();
      await this.#sendStatus();
    } catch (error) {
      this.options.logger.error({ err: error }, 'Live events could not be sent');
    } finally {
      this.#isSending = false;
    }
  }

  /** A window that connects reads the whole state first, so nothing need be kept for it. */
  #forget(): void {
    this.#coverage.clear();
    this.#exports.clear();
    this.#knownNodes.clear();
    this.#knownStreams.clear();
    this.#lastStatus = '';
  }

  #sendCluster(): void {
    const { cluster, hub } = this.options;
    const nodes = difference(cluster.nodeViews(), (node) => node.alias, this.#knownNodes);
    this.#knownNodes = nodes.known;
    if (nodes.isAny) hub.publish('nodes', { changed: nodes.changed, removed: nodes.removed });
    const streams = difference(cluster.streamViews(), (stream) => stream.id, this.#knownStreams);
    this.#knownStreams = streams.known;
    if (streams.isAny) hub.publish('streams', { changed: streams.changed, removed: streams.removed });
  }

  #sendCoverage(): void {
    if (this.#coverage.size === 0) return;
    const spans: LiveEvents['coverage'] = [...this.#coverage].map(([stream, span]) => ({ stream, ...span }));
    this.#coverage.clear();
    this.options.hub.publish('coverage', spans);
  }

  #sendExports(): void {
    if (this.#exports.size === 0) return;
    const entries = [...this.#exports];
    this.#exports.clear();
    this.options.hub.publish('exports', {
      changed: entries.flatMap(([, job]) => (job ? [job] : [])),
      removed: entries.flatMap(([id, job]) => (job ? [] : [id])),
    });
  }

  async #sendStatus(): Promise<void> {
    const status = await this.options.readStatus();
    const text = JSON.stringify(status);
    this.#statusAgeSec += 1;
    if (text === this.#lastStatus && this.#statusAgeSec < STATUS_EVERY_SEC) return;
    this.#lastStatus = text;
    this.#statusAgeSec = 0;
    this.options.hub.publish('status', status);
  }
}

/** What differs from the JSON sent before, by key. */
function difference<T>(items: readonly T[], keyOf: (item: T) => string, before: ReadonlyMap<string, string>) {
  const known = new Map(items.map((item) => [keyOf(item), JSON.stringify(item)]));
  const changed = items.filter((item) => before.get(keyOf(item)) !== known.get(keyOf(item)));
  const removed = [...before.keys()].filter((key) => !known.has(key));
  return { known, changed, removed, isAny: changed.length > 0 || removed.length > 0 };
}
