import type { StreamView } from '../../src-shared/model/stream-view.ts';

/** Load of the whole cluster at one moment. */
export interface LoadSample {
  readonly atMs: number;
  readonly liveStreams: number;
  readonly viewers: number;
  readonly bitrateOutBps: number;
  readonly bitrateInBps: number;
}

const SAMPLE_EVERY_MS = 5000;
/** Five minutes. */
const SAMPLES_KEPT = 60;

/** Adds up the streams. */
export function sampleOf(streams: readonly StreamView[], atMs: number): LoadSample {
  let liveStreams = 0;
  let viewers = 0;
  let bitrateOutBps = 0;
  let bitrateInBps = 0;
  for (const stream of streams) {
    if (stream.isLive) liveStreams += 1;
    viewers += stream.viewerCount;
    bitrateOutBps += stream.bitrateOutBps;
    bitrateInBps += stream.bitrateInBps;
  }
  return { atMs, liveStreams, viewers, bitrateOutBps, bitrateInBps };
}

/** Adds a sample unless the last is too young; keeps the newest. */
export function addSample(history: readonly LoadSample[], sample: LoadSample): readonly LoadSample[] {
  const last = history.at(-1);
  if (last && sample.atMs - last.atMs < SAMPLE_EVERY_MS) return history;
  return [...history, sample].slice(-SAMPLES_KEPT);
}
