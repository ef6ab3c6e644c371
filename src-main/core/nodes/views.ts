import type { Stream } from '../../../src-shared/model/node-json.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { offsetEstimateMs } from './clock-offset.ts';
import { isUsable } from './node-health.ts';
import type { NodeSnapshot } from './node-watcher.ts';
import { isOpenSession } from './parse-node-json.ts';

/** Which streams are being recorded, as the index sees it. */
export interface RecordingActivity {
  /** Whether recorded time of the stream (on that node, if given) grew in the last minute. */
  isRecording(stream: string, alias?: string): boolean;
}

/** One node's word on a stream. */
export interface StreamCopy {
  readonly snapshot: NodeSnapshot;
  readonly stream: Stream;
}

/** A node as the window shows it. */
export function nodeView(snapshot: NodeSnapshot, activity: RecordingActivity): NodeView {
  const { clockOffset, health, identity, node, strategy } = snapshot;
  const streams = isUsable(health.state) ? snapshot.streams : [];
  const loads = streams.map(streamLoad);
  return {
    alias: node.alias,
    url: node.url,
    site: node.site,
    mode: node.mode,
    origin: node.origin,
    state: health.state,
    sinceMs: health.sinceMs,
    reason: health.reason,
    lastSeenMs: snapshot.lastSeenMs,
    latencyMs: snapshot.latencyMs,
    latencyHistoryMs: [...snapshot.latencyHistoryMs],
    clockOffsetMs: clockOffset ? offsetEstimateMs(clockOffset) : null,
    generation: identity?.generation ?? null,
    version: identity?.version ?? null,
    features: [...(identity?.features ?? [])],
    streamCount: streams.length,
    viewerCount: sum(loads.map((load) => load.viewerCount)),
    recordingCount: streams.filter((stream) => activity.isRecording(stream.id, node.alias)).length,
    viewerCapacity: strategy?.each_stream_max_sub ?? null,
    bitrateInBps: sum(loads.map((load) => load.bitrateInBps)),
    bitrateOutBps: sum(loads.map((load) => load.bitrateOutBps)),
  };
}

/** A stream over its nodes as the window shows it; what a node that does not answer said last is stale. */
export function streamView(
  id: string,
  copies: readonly StreamCopy[],
  activity: RecordingActivity,
): StreamView {
  const nodes = copies.map(({ snapshot, stream }) => ({
    alias: snapshot.node.alias,
    isStale: !isUsable(snapshot.health.state),
    ...streamLoad(stream),
  }));
  const live = nodes.filter((node) => !node.isStale);
  const codecs = (copies.find((copy) => copy.stream.codecs.length > 0) ?? copies[0])?.stream.codecs ?? [];
  return {
    id,
    createdAtMs: Math.min(...copies.map((copy) => copy.stream.createdAt)),
    isLive: live.some((node) => node.hasPublisher),
    isRecording: activity.isRecording(id),
    codecs,
    viewerCount: sum(live.map((node) => node.viewerCount)),
    bitrateInBps: sum(live.map((node) => node.bitrateInBps)),
    bitrateOutBps: sum(live.map((node) => node.bitrateOutBps)),
    nodes,
  };
}

function streamLoad(stream: Stream) {
  const publishers = stream.publish.sessions.filter(isOpenSession);
  const viewers = stream.subscribe.sessions.filter(isOpenSession);
  return {
    hasPublisher: publishers.some((session) => session.state === 'connected'),
    // A cascade link is not somebody watching.
    viewerCount: viewers.filter((session) => !session.cascade).length,
    bitrateInBps: stream.stats.publish.bitrate,
    bitrateOutBps: stream.stats.subscribe.bitrate,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
