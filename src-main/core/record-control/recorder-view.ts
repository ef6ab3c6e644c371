import type { RecorderView } from '../../../src-shared/contract/record-control-routes.ts';
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

/** The recording of a stream on a node as the window shows it. */
export function recorderView(
  { sight, state, stream }: Recordable,
  {
    isLive,
    isRelay,
    why,
  }: { readonly isLive: boolean; readonly isRelay: boolean; readonly why: string | null },
): RecorderView {
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
  };
}
