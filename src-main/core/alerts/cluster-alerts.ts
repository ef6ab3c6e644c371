import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Cluster } from '../nodes/cluster.ts';
import { isLivePublisher } from '../nodes/publisher-growth.ts';
import type { RecordingActivity } from '../nodes/views.ts';
import type { AlertService } from './alert-service.ts';
import { NODE_ALERT_KINDS, nodeTroubles } from './node-rules.ts';

export interface ClusterAlertsOptions {
  readonly cluster: Cluster;
  readonly alerts: AlertService;
  readonly activity: RecordingActivity & {
    /** Every stream that `isRecording` is true of, and perhaps some more. */
    candidates(): Iterable<string>;
  };
  readonly clock: Clock;
}

const CHECK_EVERY_MS = 2 * MS_PER_SECOND;
/** A node says within this time that a stream it was told to end is gone. */
const ENDING_MS = 30 * MS_PER_SECOND;

/** Raises alerts for nodes that are down, refuse us or have a wrong clock, and for recorded streams that vanish. */
export class ClusterAlerts implements Closeable {
  readonly #timer: NodeJS.Timeout;
  /** Streams that may be recorded and had a publisher when they were last seen. */
  #live = new Set<string>();
  /** Until when the end of a stream is what somebody ordered, monotonic. */
  readonly #endingUntilMs = new Map<string, number>();

  constructor(private readonly options: ClusterAlertsOptions) {
    this.#timer = setInterval(() => this.check(), CHECK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Somebody has ended the stream, or its publisher, on purpose: that is no alert. */
  noteEnded(stream: string): void {
    this.#endingUntilMs.set(stream, this.options.clock.monotonicMs() + ENDING_MS);
  }

  /** Looks at the whole cluster once. */
  check(): void {
    if (!this.options.alerts.mustRaise) {
      this.#live.clear();
      return;
    }
    this.#checkNodes();
    this.#checkStreams();
  }

  #checkNodes(): void {
    const { alerts, cluster } = this.options;
    const aliases = new Set<string>();
    for (const snapshot of cluster.snapshots()) {
      const { alias } = snapshot.node;
      aliases.add(alias);
      const object = { kind: 'node', name: alias } as const;
      const troubles = nodeTroubles(snapshot);
      for (const kind of NODE_ALERT_KINDS) {
        const trouble = troubles[kind];
        if (trouble) alerts.raise(kind, object, trouble.text, trouble.details);
        else if (trouble === null) alerts.resolve(kind, object);
      }
    }
    for (const { kind, object } of alerts.open()) {
      if (object.kind === 'node' && !aliases.has(object.name)) alerts.resolve(kind, object);
    }
  }

  #checkStreams(): void {
    const { activity, alerts } = this.options;
    const live = new Set<string>();
    const nowMs = this.options.clock.monotonicMs();
    for (const [id, untilMs] of this.#endingUntilMs) if (untilMs < nowMs) this.#endingUntilMs.delete(id);
    // Only the end of those matters, and most streams of a large cluster are not recorded.
    for (const id of new Set([...this.#live, ...activity.candidates()])) {
      const state = this.#stateOf(id);
      if (state === 'live') live.add(id);
      if (state === 'live' || !this.#live.has(id)) continue;
      // Its node does not answer, which is an alert of its own; the stream may well be there.
      if (state === 'untold') live.add(id);
      else if (this.#endingUntilMs.delete(id)) continue;
      else if (activity.isRecording(id)) this.#raiseGone(id);
    }
    for (const { kind, object } of alerts.open()) {
      if (kind === 'stream-gone' && this.#stateOf(object.name) === 'live') alerts.resolve(kind, object);
    }
    this.#live = live;
  }

  /** Whether media of a stream come anywhere; `untold` when they do not and a node that had it does not answer. */
  #stateOf(id: string): 'live' | 'untold' | 'gone' {
    const { clock, cluster } = this.options;
    const copies = cluster.copies(id);
    const isLive = copies.some(({ alias, isStale, stream }) => {
      const growth = cluster.snapshot(alias)?.growth;
      return !isStale && growth !== undefined && isLivePublisher(stream, growth, clock.nowMs());
    });
    if (isLive) return 'live';
    return copies.some((copy) => copy.isStale) ? 'untold' : 'gone';
  }

  #raiseGone(id: string): void {
    this.options.alerts.raise(
      'stream-gone',
      { kind: 'stream', name: id },
      `The publisher of ${id} is gone while the stream was being recorded. Start the publisher again.`,
    );
  }
}
