import type { Stream } from '../../../src-shared/model/node-json.ts';
import type { NodeGeneration } from '../../../src-shared/model/node-view.ts';
import type { Clock } from '../base/clock.ts';
import { createStreamMatcher } from '../base/stream-matcher.ts';
import type { ClusterReader } from '../cascade/cluster-reader.ts';
import { parseRelayKey, relayKey } from '../cascade/relay-links.ts';
import type { Config } from '../config/config-schema.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import type { RecordingSight } from './decide-recording.ts';
import type { NodeAbility } from './node-ability.ts';
import { connectedPublisher, type PublisherPulse } from './publisher-pulse.ts';
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
const NONE: readonly string[] = [];

/** Puts together what is known of the streams that could be recorded. */
export class Recordables {
  readonly #isMatch: (stream: string) => boolean;
  readonly #isOn: boolean;
  /** Lists of nodes are replaced, never changed. */
  readonly #automatic = new WeakMap<readonly Stream[], readonly string[]>();
  readonly #matches = new Map<string, boolean>();
  /** With the publisher's session of each copy, where it is known. */
  #relays: ReadonlyMap<string, string | undefined> = new Map();
  #relaysMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: RecordablesOptions) {
    const { auto_streams: patterns, enabled } = options.config;
    this.#isOn = enabled && patterns.length > 0;
    this.#isMatch = createStreamMatcher(this.#isOn ? patterns : []);
  }

  /**
   * Those that are to be recorded, are recorded, or were wished to be or not.
   *
   * Costs what they cost, not what all streams of the cluster do: those that are only there are not looked at again
   * until their node's list changes, and then only for automatic recording.
   */
  tracked(): Recordable[] {
    const { book, cluster, pace } = this.options;
    return cluster.snapshots().flatMap((snapshot) => {
      const { alias } = snapshot.node;
      const wanted = new Set([...this.#automaticOf(snapshot.streams), ...pace.streams(alias)]);
      for (const { isRecording, stream, wish } of book.ofNode(alias))
        if (isRecording === true || wish !== null) wanted.add(stream);
      return wanted.size === 0 ? [] : this.#collect(snapshot, (stream) => wanted.has(stream));
    });
  }

  /** Of every node that answers, or of that of `alias`; of every stream, or of `stream`. */
  list(alias?: string, stream?: string): Recordable[] {
    const { cluster } = this.options;
    const isWanted = (each: string) => stream === undefined || each === stream;
    const snapshots = alias === undefined ? cluster.snapshots() : [cluster.snapshot(alias)];
    return snapshots.flatMap((snapshot) => (snapshot ? this.#collect(snapshot, isWanted) : []));
  }

  #collect(snapshot: NodeSnapshot, isWanted: (stream: string) => boolean): Recordable[] {
    if (!snapshot.identity || !isUsable(snapshot.health.state)) return [];
    const { book, clock } = this.options;
    const relays = this.relays();
    const nowMs = clock.monotonicMs();
    const { generation } = snapshot.identity;
    return snapshot.streams
      .filter((each) => isWanted(each.id))
      .map((stream) => {
        const state = book.of(snapshot.node.alias, stream.id);
        const isRelay = relays.size > 0 && relays.has(relayKey(state.alias, stream.id));
        const known = { snapshot, stream, generation, state };
        return { ...known, sight: this.#sight(known, isRelay, nowMs) };
      });
  }

  /** Names of those in a node's list that `auto_record` covers. */
  #automaticOf(streams: readonly Stream[]): readonly string[] {
    if (!this.#isOn) return NONE;
    let names = this.#automatic.get(streams);
    if (!names) {
      names = streams.map(({ id }) => id).filter((id) => this.isAutomatic(id));
      this.#automatic.set(streams, names);
    }
    return names;
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

  /**
   * Keys of copies that come from another node; found out once a second.
   *
   * The end of a relay is known before its target is polled again: a copy counts until its publisher is another one.
   */
  relays(): Pick<ReadonlyMap<string, unknown>, 'has' | 'size'> {
    const nowMs = this.options.clock.monotonicMs();
    if (nowMs - this.#relaysMs < RELAYS_KEPT_MS) return this.#relays;
    this.#relaysMs = nowMs;
    const relays = new Map([...this.options.relayTargets()].map((key) => [key, this.#publisherOf(key)]));
    for (const [key, session] of this.#relays) {
      if (!relays.has(key) && session !== undefined && this.#publisherOf(key) === session)
        relays.set(key, session);
    }
    this.#relays = relays;
    return relays;
  }

  /** Session of the publisher of a copy (`relayKey`), while it is connected. */
  #publisherOf(key: string): string | undefined {
    const { alias, stream } = parseRelayKey(key);
    const copy = this.options.cluster.snapshot(alias)?.streams.find(({ id }) => id === stream);
    return copy && connectedPublisher(copy)?.id;
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
