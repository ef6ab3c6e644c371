import type { Stream } from '../../../src-shared/model/node-json.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { relayEndsOf } from '../../../src-shared/util/relay-ends.ts';
import { knownOffsetMs } from './clock-offset.ts';
import { isUsable } from './node-health.ts';
import type { NodeSnapshot } from './node-watcher.ts';
import { hasLivePublisher, publishedBps, streamLoad } from './stream-load.ts';

/** Which streams are being recorded, as the index sees it. */
export interface RecordingActivity {
  /** Whether recorded time of the stream (on that node, if given) grew in the last minute. */
  isRecording(stream: string, alias?: string): boolean;
}

/** One node's word on a stream. */
export interface StreamCopy {
  readonly alias: string;
  /** The node does not answer; this is its last word. */
  readonly isStale: boolean;
  /** A publisher is connected there, and sends nothing. */
  readonly isSilent: boolean;
  readonly stream: Stream;
}

/** A node as the window shows it; `pulledCount` of its viewers are other nodes. */
export function nodeView(snapshot: NodeSnapshot, recordingCount: number, pulledCount: number): NodeView {
  const { clockOffset, health, identity, load, node, strategy } = snapshot;
  const isThere = isUsable(health.state);
  return {
    alias: node.alias,
    url: node.url,
    site: node.site,
    mode: node.mode,
    origin: node.origin,
    state: health.state,
    sinceMs: health.sinceMs,
    reason: health.reason,
    isTokenLocked: !!node.tokenProblem,
    feedProblem: snapshot.feedProblem,
    lastSeenMs: snapshot.lastSeenMs,
    latencyMs: snapshot.latencyMs,
    latencyHistoryMs: snapshot.samples.map((sample) => sample.latencyMs),
    clockOffsetMs: clockOffset ? knownOffsetMs(clockOffset) : null,
    generation: identity?.generation ?? null,
    version: identity?.version ?? null,
    features: [...(identity?.features ?? [])],
    streamCount: isThere ? snapshot.streams.length : 0,
    viewerCount: isThere ? load.viewerCount - pulledCount : 0,
    recordingCount,
    viewerCapacity: strategy?.each_stream_max_sub ?? null,
    bitrateInBps: isThere ? load.bitrateInBps : 0,
    bitrateOutBps: isThere ? load.bitrateOutBps : 0,
  };
}

/** How many streams of a node are being recorded. */
export function countRecordings(
  { health, node, streams }: NodeSnapshot,
  activity: RecordingActivity,
): number {
  if (!isUsable(health.state)) return 0;
  // The first question is cheap and for most streams enough.
  return streams.filter(({ id }) => activity.isRecording(id) && activity.isRecording(id, node.alias)).length;
}

/** A stream over its nodes as the window shows it; what a node that does not answer said last is stale. */
export function streamView(id: string, copies: readonly StreamCopy[], isRecording: boolean): StreamView {
  const relayEnds = relayEndsOf(copies.map((copy) => copy.stream));
  const nodes = copies.map((copy) => ({
    alias: copy.alias,
    isStale: copy.isStale,
    hasPublisher: hasLivePublisher(copy),
    ...streamLoad(copy.stream, relayEnds),
  }));
  const live = nodes.filter((node) => !node.isStale);
  const codecs = (copies.find((copy) => copy.stream.codecs.length > 0) ?? copies[0])?.stream.codecs ?? [];
  return {
    id,
    createdAtMs: Math.min(...copies.map((copy) => copy.stream.createdAt)),
    isLive: live.some((node) => node.hasPublisher),
    isRecording,
    codecs,
    viewerCount: sum(live.map((node) => node.viewerCount)),
    bitrateInBps: publishedBps(copies, relayEnds),
    bitrateOutBps: sum(live.map((node) => node.bitrateOutBps)),
    nodes,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
