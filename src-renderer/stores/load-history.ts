import type { LoadSample } from '../../src-shared/model/load-sample.ts';
import type { StreamView } from '../../src-shared/model/stream-view.ts';

/** Load of the whole cluster now, with what comes into it. */
export interface ClusterLoad extends LoadSample {
  readonly bitrateInBps: number;
}

/** Adds up the streams. */
export function sampleOf(streams: readonly StreamView[], atMs: number): ClusterLoad {
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

/** What the manager kept, where that goes further back than what was seen here. */
export function longerHistory(
  own: readonly LoadSample[],
  kept: readonly LoadSample[],
): readonly LoadSample[] {
  const [first, other] = [own[0], kept[0]];
  return other && (!first || other.atMs < first.atMs) ? kept : own;
}
