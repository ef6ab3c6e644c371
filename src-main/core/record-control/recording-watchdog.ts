import { relayKey } from '../cascade/cascade-service.ts';
import type { AlertSink } from '../cascade/cluster-reader.ts';
import { shouldRecord } from './decide-recording.ts';
import { judgeRecording } from './judge-recording.ts';
import type { PublisherPulse } from './publisher-pulse.ts';
import type { Recordable } from './recordables.ts';
import type { SegmentPace } from './segment-pace.ts';

const ALARM = 'recording-stalled';

interface Trouble {
  readonly alias: string;
  readonly verdict: 'missing' | 'stalled';
  readonly text: string;
}

/** Raises an alarm for each stream that should be recorded and is not, and takes it back by itself. */
export class RecordingWatchdog {
  /** What was said of each stream; an alarm of an earlier run is taken back once its stream is seen to be well. */
  readonly #said = new Map<string, string>();

  constructor(private readonly alerts: AlertSink) {}

  /** Looks at everything once. `nowMs` is monotonic. */
  look(recordables: readonly Recordable[], pulse: PublisherPulse, pace: SegmentPace, nowMs: number): void {
    const troubles = new Map<string, Trouble[]>();
    for (const each of recordables) {
      const { sight, state } = each;
      if (!shouldRecord(sight) && state.isRecording !== true && !sight.isIndexed) continue;
      const found = troubles.get(state.stream) ?? [];
      const trouble = judge(each, pulse, pace, nowMs);
      troubles.set(state.stream, trouble ? [...found, trouble] : found);
    }
    // Gone from the cluster, or nothing is wanted of it any more.
    for (const stream of this.#said.keys()) if (!troubles.has(stream)) this.#conclude(stream, []);
    for (const [stream, found] of troubles) this.#conclude(stream, found);
    for (const stream of this.#said.keys()) if (!troubles.has(stream)) this.#said.delete(stream);
  }

  #conclude(stream: string, troubles: readonly Trouble[]): void {
    const key = troubles.map(({ alias, verdict }) => relayKey(alias, verdict)).join();
    if (this.#said.get(stream) === key) return;
    this.#said.set(stream, key);
    const object = { kind: 'stream', name: stream } as const;
    if (troubles.length === 0) {
      this.alerts.resolve(ALARM, object);
      return;
    }
    const details = { stream, nodes: troubles.map(({ alias }) => alias) };
    this.alerts.raise(ALARM, object, troubles.map(({ text }) => text).join(' '), details);
  }
}

function judge(
  { sight, state }: Recordable,
  pulse: PublisherPulse,
  pace: SegmentPace,
  nowMs: number,
): Trouble | null {
  const { alias, stream } = state;
  const beat = pulse.of(alias, stream);
  const lastMs = pace.lastMs(alias, stream);
  const silentForMs = lastMs === null ? null : nowMs - lastMs;
  const verdict = judgeRecording({
    shouldRecord: shouldRecord(sight),
    liveForMs: beat?.isLive ? nowMs - beat.liveSinceMs : null,
    isRecording: state.isRecording,
    recordingForMs: nowMs - state.recordingSinceMs,
    isFollowed: pace.isFollowed(alias),
    lastSegmentAgoMs: silentForMs,
    segmentMs: pace.segmentMs(alias, stream),
  });
  if (verdict === null) return null;
  const name = `${stream} on ${alias}`;
  const why = state.reason ? ` ${state.reason}` : '';
  const whose = sight.wish === 'operator' ? 'was started by hand' : 'is to be recorded automatically';
  const silence =
    silentForMs === null ? 'No segment' : `No new segment for ${Math.round(silentForMs / 1000)} s`;
  const text =
    verdict === 'missing'
      ? `${name} is published and ${whose}, but it is not recorded.${why} Start the recording again.`
      : `${name} is recorded, but nothing arrives. ${silence}. Stop the recording and start it again.`;
  return { alias, verdict, text };
}
