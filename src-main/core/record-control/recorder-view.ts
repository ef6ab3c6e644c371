import type { RecorderView } from '../../../src-shared/contract/record-control-routes.ts';
import type { NodeGeneration } from '../../../src-shared/model/node-view.ts';
import { shouldRecord } from './decide-recording.ts';
import type { NodeAbility } from './node-ability.ts';
import { connectedPublisher, type PublisherPulse } from './publisher-pulse.ts';
import type { Recordable } from './recordables.ts';

/** Why a recording cannot be started now, in words; null when it can. */
export function whyNotNow(each: Recordable, ability: NodeAbility, pulse: PublisherPulse): string | null {
  const why = ability.whyNot(each.snapshot);
  if (why !== null) return why;
  if (!connectedPublisher(each.stream)) return 'Nobody publishes the stream there now.';
  if (!pulse.isLive(each.state.alias, each.stream.id)) return 'The publisher there sends nothing.';
  return each.sight.canStart ? null : 'The publisher has not said its codecs yet; try again in some seconds.';
}

/**
 * Why no alarm comes when a recording writes nothing more, in words with the remedy: what a node says of a recording is
 * the same then, only its segments tell.
 */
function whyUnwatched(alias: string, generation: NodeGeneration, isSynced: boolean): string {
  const why = `No segment that ${alias} records comes into the index: nobody would notice that it stands still.`;
  if (generation === 'push') return `${why} Have the node report its segments to this manager.`;
  if (!isSynced) return `${why} Switch on record_sync in liveman.toml, or have the node report its segments.`;
  return `${why} Nodes of this version list nothing of what they record; update the node.`;
}

/** The recording of a stream on a node as the window shows it. */
export function recorderView(
  { generation, sight, state, stream }: Recordable,
  seen: {
    readonly isLive: boolean;
    readonly isRelay: boolean;
    /** Whether its segments come into the index. */
    readonly isSeen: boolean;
    /** Whether what nodes list is fetched. */
    readonly isSynced: boolean;
    readonly why: string | null;
  },
): RecorderView {
  const { isLive, isRelay, isSeen, isSynced, why } = seen;
  const isRunning = state.isRecording === true;
  return {
    stream: stream.id,
    node: state.alias,
    isLive,
    isRelay,
    isRecording: state.isRecording,
    sinceMs: isRunning ? state.startMs : null,
    directory: isRunning ? state.recordDir : null,
    wish: state.wish ?? (shouldRecord(sight) ? 'auto' : null),
    mayRecord: why === null,
    mayStop: sight.hasStatus && sight.isAble,
    reason: why ?? state.reason,
    unwatched: isRunning && !isSeen ? whyUnwatched(state.alias, generation, isSynced) : null,
  };
}
