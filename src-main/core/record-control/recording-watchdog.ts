import type { AlertSink } from '../cascade/cluster-reader.ts';
import { relayKey } from '../cascade/relay-links.ts';
import { shouldRecord } from './decide-recording.ts';
import { judgeRecording, MISSED_SEGMENTS } from './judge-recording.ts';
import type { PublisherPulse } from './publisher-pulse.ts';
import type { Recordable } from './recordables.ts';
import type { SegmentPace } from './segment-pace.ts';
import type { StalledRestarts } from './stalled-restarts.ts';

const ALARM = 'recording-stalled';
/** Who has just begun to watch knows of silence only after a while. */
const NEW_MS = 60_000;

interface Trouble {
  readonly alias: string;
  readonly verdict: 'missing' | 'stalled';
  /** What was done about it, in words. */
  readonly done: string;
  readonly text: string;
}

export interface RecordingWatchdogOptions {
  readonly alerts: AlertSink;
  readonly pulse: PublisherPulse;
  readonly pace: SegmentPace;
  readonly restarts: StalledRestarts;
  /** Whether segments of a node come into the index without its reporting any. */
  readonly isSynced: (each: Recordable) => boolean;
  /** Why the node cannot record at all, in words; null when it can. */
  readonly whyUnable: (each: Recordable) => string | null;
  /** Whether the node can be told, and would not overwrite what it has recorded. */
  readonly mayRestart: (each: Recordable) => boolean;
  /** Begins to stop a recording and start it again. */
  readonly restart: (each: Recordable) => void;
}

/** Raises an alarm for each stream that should be recorded and is not, and takes it back by itself. */
export class RecordingWatchdog {
  /** What was said of each stream; an alarm of an earlier run is taken back once its stream is seen to be well. */
  readonly #said = new Map<string, string>();
  #newUntilMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: RecordingWatchdogOptions) {}

  /** Begins to watch, perhaps after another manager: its alarms stay until there is better news. `nowMs` is monotonic. */
  begin(nowMs: number): void {
    this.#newUntilMs = nowMs + NEW_MS;
    this.forget();
  }

  /** Says everything anew with the next look. */
  forget(): void {
    this.#said.clear();
  }

  /** Looks at everything once. `nowMs` is monotonic. */
  look(recordables: readonly Recordable[], nowMs: number): void {
    const troubles = new Map<string, Trouble[]>();
    const doubtful = new Set<string>();
    this.options.restarts.clean(nowMs);
    for (const each of recordables) {
      const { sight, state } = each;
      if (!shouldRecord(sight) && state.isRecording !== true && !sight.isIndexed) continue;
      const found = troubles.get(state.stream) ?? [];
      const trouble = this.#judge(each, nowMs);
      troubles.set(state.stream, trouble ? [...found, trouble] : found);
      if (nowMs < this.#newUntilMs && !this.#said.has(state.stream) && !this.#isFresh(each, nowMs))
        doubtful.add(state.stream);
    }
    // Gone from the cluster, or nothing is wanted of it any more.
    for (const stream of this.#said.keys()) if (!troubles.has(stream)) this.#conclude(stream, []);
    for (const [stream, found] of troubles)
      if (found.length > 0 || !doubtful.has(stream)) this.#conclude(stream, found);
    for (const stream of this.#said.keys()) if (!troubles.has(stream)) this.#said.delete(stream);
  }

  #isFresh({ state }: Recordable, nowMs: number): boolean {
    const { pace } = this.options;
    const lastMs = pace.lastMs(state.alias, state.stream);
    return lastMs !== null && nowMs - lastMs <= MISSED_SEGMENTS * pace.segmentMs(state.alias, state.stream);
  }

  #conclude(stream: string, troubles: readonly Trouble[]): void {
    // Other words count only where something was done: how long it is silent changes all the time.
    const key = troubles.map(({ alias, done, verdict }) => relayKey(alias, `${verdict} ${done}`)).join();
    if (this.#said.get(stream) === key) return;
    this.#said.set(stream, key);
    const object = { kind: 'stream', name: stream } as const;
    if (troubles.length === 0) {
      this.options.alerts.resolve(ALARM, object);
      return;
    }
    const details = { stream, nodes: troubles.map(({ alias }) => alias) };
    this.options.alerts.raise(ALARM, object, troubles.map(({ text }) => text).join(' '), details);
  }

  #judge(each: Recordable, nowMs: number): Trouble | null {
    const { pace, pulse, restart, restarts } = this.options;
    const { sight, state } = each;
    const { alias, stream } = state;
    const beat = pulse.of(alias, stream);
    const lastMs = pace.lastMs(alias, stream);
    const silentForMs = lastMs === null ? null : nowMs - lastMs;
    const isLive = beat?.isLive === true;
    if (!isLive) restarts.forget(alias, stream);
    const judged = judgeRecording({
      shouldRecord: shouldRecord(sight),
      liveForMs: isLive ? nowMs - beat.liveSinceMs : null,
      isRecording: state.isRecording,
      recordingForMs: nowMs - state.recordingSinceMs,
      isFollowed: pace.isFollowed(alias) || this.options.isSynced(each),
      lastSegmentAgoMs: silentForMs,
      segmentMs: pace.segmentMs(alias, stream),
    });
    // A restart alone ends no trouble: only a segment does.
    const isWanted = shouldRecord(sight) || state.isRecording === true;
    const verdict = judged ?? (isWanted && restarts.isAwaited(alias, stream, lastMs) ? 'stalled' : null);
    if (verdict === null) return null;
    if (judged === 'stalled' && this.options.mayRestart(each) && restarts.take(alias, stream, nowMs))
      restart(each);
    const done = restarts.wordsOf(alias, stream);
    const name = `${stream} on ${alias}`;
    const unable = this.options.whyUnable(each);
    const why = unable ?? state.reason;
    const remedy = unable ? 'Publish it to another node.' : 'Start the recording again.';
    const whose = sight.wish === 'operator' ? 'was started by hand' : 'is to be recorded automatically';
    const silence =
      silentForMs === null ? 'No segment' : `No new segment for ${Math.round(silentForMs / 1000)} s`;
    const text =
      verdict === 'missing'
        ? `${name} is published and ${whose}, but it is not recorded. ${why ? `${why} ` : ''}${remedy}`
        : `${name} is recorded, but nothing arrives. ${silence}. ${done || 'Stop the recording and start it again.'}`;
    return { alias, verdict, done, text };
  }
}
