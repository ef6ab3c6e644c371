import type { LiveEventName, LiveEvents } from '../../../src-shared/contract/events.ts';
import type { Alert } from '../../../src-shared/model/alert.ts';
import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import type { ManagerView } from '../../../src-shared/model/manager-view.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Cluster } from '../nodes/cluster.ts';
import { ChangeFinder } from './change-finder.ts';

/** Where events go: the connected windows. */
export interface EventSink {
  readonly clientCount: number;
  publish<N extends LiveEventName>(name: N, data: LiveEvents[N]): void;
  /** Calls `listener` when a window connects and none was connected. */
  onFirstClient(listener: () => void): void;
}

export interface LivePublisherOptions {
  readonly hub: EventSink;
  readonly cluster: Cluster;
  readonly readStatus: () => SystemStatus;
  readonly logger: Logger;
}

/** Sent even without a change, so that a window can tell silence from a dead connection. */
const STATUS_EVERY_SEC = 10;
/** What cannot wait for the next second is gathered for so long. */
const HURRY_MS = 100;

/** Gathers changes and hands them to the windows once a second; does nothing while no window is open. */
export class LivePublisher implements Closeable {
  readonly #timer: NodeJS.Timeout;
  readonly #coverage = new Map<string, { startUs: number; endUs: number }>();
  readonly #exports = new Map<string, ExportJob | null>();
  readonly #alerts = new Map<string, Alert>();
  readonly #nodes = new ChangeFinder<NodeView>(
    (node) => node.alias,
    (a, b) => a.state === b.state && a.streamCount === b.streamCount && a.url === b.url,
  );
  readonly #streams = new ChangeFinder<StreamView>(
    (stream) => stream.id,
    (a, b) =>
      a.isLive === b.isLive &&
      a.isRecording === b.isRecording &&
      a.viewerCount === b.viewerCount &&
      a.nodes.length === b.nodes.length,
  );
  #managers: readonly ManagerView[] | null = null;
  #soon: NodeJS.Timeout | undefined;
  #lastStatus = '';
  #statusAgeSec = 0;

  constructor(private readonly options: LivePublisherOptions) {
    this.#timer = setInterval(() => {
      this.#statusAgeSec += 1;
      this.#send();
    }, MS_PER_SECOND);
    // What a window reads after connecting is at least as new, so only later changes are sent: all streams of a
    // large cluster at once would be more than a connection holds.
    options.hub.onFirstClient(() => {
      this.#nodes.next(options.cluster.nodeViews());
      this.#streams.next(options.cluster.streamViews());
    });
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
    // Not for each step of the progress.
    if (job?.state !== 'running') this.hurry();
  }

  /** An alert opened, changed or closed. */
  noteAlert(alert: Alert): void {
    this.#alerts.set(alert.id, alert);
    this.hurry();
  }

  /** Managers came or went, or do other work. */
  noteManagers(managers: readonly ManagerView[]): void {
    this.#managers = managers;
    this.hurry();
  }

  /** Sends what changed within a fraction of a second. */
  hurry(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#send();
    }, HURRY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
  }

  #send(): void {
    try {
      if (this.options.hub.clientCount === 0) {
        this.#forget();
        return;
      }
      this.#sendCluster();
      this.#sendCoverage();
      this.#sendExports();
      this.#sendAlerts();
      this.#sendManagers();
      this.#sendStatus();
    } catch (error) {
      this.options.logger.error({ err: error }, 'Live events could not be sent');
    }
  }

  /** A window that connects reads the whole state first, so nothing need be kept for it. */
  #forget(): void {
    this.#coverage.clear();
    this.#exports.clear();
    this.#alerts.clear();
    this.#managers = null;
    this.#nodes.clear();
    this.#streams.clear();
    this.#lastStatus = '';
  }

  #sendCluster(): void {
    const { cluster, hub } = this.options;
    const nodes = this.#nodes.next(cluster.nodeViews());
    if (nodes) hub.publish('nodes', nodes);
    const streams = this.#streams.next(cluster.streamViews());
    if (streams) hub.publish('streams', streams);
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

  #sendAlerts(): void {
    if (this.#alerts.size === 0) return;
    const alerts = [...this.#alerts.values()];
    this.#alerts.clear();
    this.options.hub.publish('alerts', alerts);
  }

  #sendManagers(): void {
    if (this.#managers === null) return;
    this.options.hub.publish('managers', [...this.#managers]);
    this.#managers = null;
  }

  #sendStatus(): void {
    const status = this.options.readStatus();
    const text = JSON.stringify(status);
    if (text === this.#lastStatus && this.#statusAgeSec < STATUS_EVERY_SEC) return;
    this.#lastStatus = text;
    this.#statusAgeSec = 0;
    this.options.hub.publish('status', status);
  }
}
