import picomatch from 'picomatch';
import type { Stream } from '../../../src-shared/model/node-json.ts';
import type { NodeGeneration } from '../../../src-shared/model/node-view.ts';
import type { Clock } from '../base/clock.ts';
import type { ClusterReader } from '../cascade/cluster-reader.ts';
import { relayKey } from '../cascade/relay-links.ts';
import type { Config } from '../config/config-schema.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import type { RecordingSight } from './decide-recording.ts';
import type { NodeAbility } from './node-ability.ts';
import type { PublisherPulse } from './publisher-pulse.ts';
import { hasRecordStatus } from './record-calls.ts';
import type { RecorderBook, RecorderState } from './recorder-book.ts';
import type { SegmentPace } from './segment-pace.ts';

/** A stream of a node that answers, with all that is known of its recording. */
export interface Recordable {
  readonly snapshot: NodeSnapshot;
  readonly stream: Stream;
  readonly generation: NodeGeneration;
  readonly state: RecorderState;
  readonly sight: RecordingSight;
}

export interface RecordablesOptions {
  readonly cluster: ClusterReader;
  readonly config: Config['auto_record'];
  readonly clock: Clock;
  readonly book: RecorderBook;
  readonly pulse: PublisherPulse;
  readonly pace: SegmentPace;
  readonly ability: NodeAbility;
  /** Keys (`relayKey`) of copies that come from another node. */
  readonly relayTargets: () => ReadonlySet<string>;
}

const RELAYS_KEPT_MS = 1000;
const MAX_MATCHES = 100_000;

/** Puts together what is known of the streams that could be recorded. */
export class Recordables {
  readonly #isMatch: (stream: string) => boolean;
  readonly #matches = new Map<string, boolean>();
  #relays: ReadonlySet<string> = new Set();
  #relaysMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: RecordablesOptions) {
    const { auto_streams: patterns, enabled } = options.config;
    const isOn = enabled && patterns.length > 0;
    this.#isMatch = isOn ? picomatch([...patterns], { dot: true, bash: true }) : () => false;
  }

  /** Those that are to be recorded, are recorded, or were wished to be or not. */
  tracked(): Recordable[] {
    return this.#collect(undefined, (alias, stream) => {
      if (this.isAutomatic(stream) || this.options.pace.lastMs(alias, stream) !== null) return true;
      const state = this.options.book.find(alias, stream);
      return state !== undefined && (state.isRecording === true || state.wish !== null);
    });
  }

  /** Of every node that answers, or of that of `alias`; of every stream, or of `stream`. */
  list(alias?: string, stream?: string): Recordable[] {
    return this.#collect(alias, (_, each) => stream === undefined || each === stream);
  }

  #collect(alias: string | undefined, isWanted: (alias: string, stream: string) => boolean): Recordable[] {
    const { book, clock, cluster } = this.options;
    const relays = this.relays();
    const nowMs = clock.monotonicMs();
    const snapshots = alias === undefined ? cluster.snapshots() : [cluster.snapshot(alias)];
    return snapshots.flatMap((snapshot) => {
      if (!snapshot?.identity || !isUsable(snapshot.health.state)) return [];
      const { generation } = snapshot.identity;
      return snapshot.streams
        .filter((each) => isWanted(snapshot.node.alias, each.id))
        .map((each) => {
          const state = book.of(snapshot.node.alias, each.id);
          const isRelay = relays.size > 0 && relays.has(relayKey(state.alias, each.id));
          const known = { snapshot, stream: each, generation, state };
          return { ...known, sight: this.#sight(known, isRelay, nowMs) };
        });
    });
  }

  /** Whether `auto_record` covers the stream. */
  isAutomatic(stream: string): boolean {
    let isMatch = this.#matches.get(stream);
    if (isMatch === undefined) {
      isMatch = this.#isMatch(stream);
      if (this.#matches.size >= MAX_MATCHES) this.#matches.clear();
      this.#matches.set(stream, isMatch);
    }
    return isMatch;
  }

  /** Keys of copies that come from another node; found out once a second, as all streams are looked at. */
  relays(): ReadonlySet<string> {
    const nowMs = this.options.clock.monotonicMs();
    if (nowMs - this.#relaysMs >= RELAYS_KEPT_MS) {
      this.#relaysMs = nowMs;
      this.#relays = this.options.relayTargets();
    }
    return this.#relays;
  }

  #sight(known: Omit<Recordable, 'sight'>, isRelay: boolean, nowMs: number): RecordingSight {
    const { ability, clock, pace, pulse } = this.options;
    const { generation, snapshot, state, stream } = known;
    const hasStatus = hasRecordStatus(generation);
    // Nodes that cannot be asked wait for a picture, the others for any track.
    const hasTracks = stream.codecs.some((codec) => hasStatus || codec.kind === 'video');
    return {
      isAutomatic: !isRelay && this.isAutomatic(stream.id),
      wish: state.wish,
      canStart: hasTracks && pulse.isLive(state.alias, stream.id),
      isAble: ability.whyNot(snapshot) === null,
      hasStatus,
      isRecording: state.isRecording,
      isIndexed: pace.lastMs(state.alias, stream.id) !== null,
      checkedAgoMs: nowMs - state.checkedMs,
      ageMs: state.startMs === null ? null : clock.nowMs() - state.startMs,
      retryInMs: state.retryMs - nowMs,
    };
  }
}
