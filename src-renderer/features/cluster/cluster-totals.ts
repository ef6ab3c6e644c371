import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { MS_PER_HOUR } from '../../../src-shared/util/units.ts';
import { formatBytes, formatCount, formatCounted } from '../../format/numbers.ts';
import { isClockOff } from './node-words.ts';

/** What is wrong with the nodes, in few words: "1 down, 1 refuses our token". */
export function nodesHint(nodes: readonly NodeView[]): string {
  const count = (isCounted: (node: NodeView) => boolean) => nodes.filter(isCounted).length;
  const down = count((node) => node.state === 'down');
  const refused = count((node) => node.state === 'auth-failed');
  const slow = count((node) => node.state === 'slow');
  const unknown = count((node) => node.state === 'unknown');
  const clockOff = count(isClockOff);
  const parts = [
    down > 0 && `${down} down`,
    refused > 0 && `${refused} ${refused === 1 ? 'refuses' : 'refuse'} our token`,
    unknown > 0 && `${unknown} not asked yet`,
    slow > 0 && `${slow} slow`,
    clockOff > 0 && `${clockOff} with a wrong clock`,
  ].filter((part) => part !== false);
  if (parts.length > 0) return parts.slice(0, 2).join(', ');
  return nodes.length === 0 ? 'none declared' : 'all answer';
}

export function streamsHint(streams: readonly StreamView[], nowMs: number): string {
  const young = streams.filter((stream) => stream.isLive && nowMs - stream.createdAtMs < MS_PER_HOUR).length;
  return young === 0 ? 'none started in the last hour' : `${formatCount(young)} started in the last hour`;
}

export function viewersHint(streams: readonly StreamView[]): string {
  let top: StreamView | null = null;
  for (const stream of streams) if (stream.viewerCount > (top?.viewerCount ?? 0)) top = stream;
  return top ? `most on ${top.id}: ${formatCount(top.viewerCount)}` : 'nobody is watching';
}

export interface RecordingTotals {
  readonly recording: number;
  readonly live: number;
  readonly hint: string;
}

/** How many of the live streams are being recorded, and which is not. */
export function recordingTotals(streams: readonly StreamView[]): RecordingTotals {
  const live = streams.filter((stream) => stream.isLive);
  const missing = live.filter((stream) => !stream.isRecording);
  const [first] = missing;
  let hint = live.length === 0 ? 'nothing is live' : 'every live stream';
  if (first) {
    hint =
      missing.length === 1
        ? `${first.id} is live and not recorded`
        : `${formatCounted(missing.length, 'live stream is', 'live streams are')} not recorded`;
  }
  return { recording: live.length - missing.length, live: live.length, hint };
}

export function storageHint(usedBytes: number | null, totalBytes: number | null): string {
  if (usedBytes === null || totalBytes === null) return 'its size is not known';
  return `${formatBytes(totalBytes - usedBytes)} of ${formatBytes(totalBytes)} free`;
}
