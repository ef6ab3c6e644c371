import type { Stream } from '../../../src-shared/model/node-json.ts';
import { isOpenSession, isPresent } from './parse-node-json.ts';

/** What a stream does on one node now. */
export interface StreamLoad {
  readonly hasPublisher: boolean;
  readonly viewerCount: number;
  readonly bitrateInBps: number;
  readonly bitrateOutBps: number;
}

export type NodeLoad = Omit<StreamLoad, 'hasPublisher'>;

export function streamLoad(stream: Stream): StreamLoad {
  return {
    hasPublisher: stream.publish.sessions.some(
      (session) => session.state === 'connected' && isOpenSession(session),
    ),
    // A cascade link is not somebody watching.
    viewerCount: stream.subscribe.sessions.filter((session) => !session.cascade && isPresent(session)).length,
    bitrateInBps: stream.stats.publish.bitrate,
    bitrateOutBps: stream.stats.subscribe.bitrate,
  };
}

/** The sums over the streams of a node. */
export function nodeLoad(streams: readonly Stream[]): NodeLoad {
  let viewerCount = 0;
  let bitrateInBps = 0;
  let bitrateOutBps = 0;
  for (const load of streams.map(streamLoad)) {
    viewerCount += load.viewerCount;
    bitrateInBps += load.bitrateInBps;
    bitrateOutBps += load.bitrateOutBps;
  }
  return { viewerCount, bitrateInBps, bitrateOutBps };
}
