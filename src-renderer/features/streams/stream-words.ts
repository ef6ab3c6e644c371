import type { CascadeView } from '../../../src-shared/contract/cascade-routes.ts';
import type { RecorderView } from '../../../src-shared/contract/record-control-routes.ts';
import type { Session, Stream } from '../../../src-shared/model/node-json.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { relayEndsOf } from '../../../src-shared/util/relay-ends.ts';
import { isOpenSession, isPresent } from '../../../src-shared/util/session-state.ts';
import { formatSpanMs } from '../../format/durations.ts';
import { formatCounted } from '../../format/numbers.ts';

/** Sessions that are there now; nodes list closed ones for a while. */
export function openSessions(sessions: readonly Session[]): Session[] {
  return sessions.filter(isOpenSession);
}

/** As `relayEndsOf`, and what our record of relays says of targets whose sources do not answer. */
export function allRelayEnds(
  copies: Readonly<Record<string, Stream>>,
  relays: readonly CascadeView[],
): ReadonlySet<string> {
  const targets = relays.flatMap(({ target }) => copies[target ?? ''] ?? []);
  const publishers = targets.flatMap((copy) => copy.publish.sessions.map(({ id }) => id));
  return new Set([...relayEndsOf(Object.values(copies)), ...publishers]);
}

/** Who watches a copy of a stream; relays to other nodes, see `relayEndsOf`, are not people, and who is lost is not there. */
function viewersOf(copy: Stream, relayEnds: ReadonlySet<string>): Session[] {
  return copy.subscribe.sessions.filter(
    (session) => isPresent(session) && !session.cascade && !relayEnds.has(session.id),
  );
}

/** What somebody is to a copy of a stream. */
export function roleOf(session: Session, isPublisher: boolean, relayEnds: ReadonlySet<string>): string {
  if (session.cascade || relayEnds.has(session.id))
    return isPublisher ? 'Relay from another node' : 'Relay to another node';
  return isPublisher ? 'Publisher' : 'Viewer';
}

/** Whether somebody publishes it; of nodes that do not answer nobody knows. */
export function liveWord({ isLive, nodes }: Pick<StreamView, 'isLive' | 'nodes'>): string {
  if (isLive) return 'Live';
  return nodes.length > 0 && nodes.every(({ isStale }) => isStale) ? 'Not known' : 'Not live';
}

/** The recording of a stream on a node in a few words. */
export function recorderWords(recorder: RecorderView, nowMs: number): string {
  if (recorder.isRecording === true) {
    return recorder.sinceMs === null
      ? 'Recording'
      : `Recording for ${formatSpanMs(nowMs - recorder.sinceMs)}`;
  }
  if (recorder.wish === 'stopped') return 'Stopped by hand';
  if (recorder.isRecording === null && recorder.mayRecord) return 'Not known';
  return 'Not recording';
}

/** Why it is recorded, or why it cannot be; null when there is nothing to say. */
export function recorderHint(recorder: RecorderView): string | null {
  if (recorder.isRecording !== true && recorder.reason) return recorder.reason;
  const hints = [wishHint(recorder), recorder.unwatched].filter((hint) => hint !== null);
  return hints.length > 0 ? hints.join(' ') : null;
}

function wishHint(recorder: RecorderView): string | null {
  if (recorder.wish === 'auto') return 'Recorded automatically (auto_record).';
  if (recorder.wish === 'operator') return 'Started by hand.';
  if (recorder.wish === 'stopped') return 'Automatic recording leaves it alone until it is published anew.';
  return recorder.reason;
}

const ORIGINS: Readonly<Record<CascadeView['origin'], string>> = {
  viewers: 'made as every node was full, ends when nobody watches',
  operator: 'made by hand',
  foreign: 'made by others',
};

/** How a relay came about and works. */
export function cascadeHint({ mode, origin }: CascadeView): string {
  return `${mode === 'push' ? 'Pushed by its source' : 'Pulled by its target'}, ${ORIGINS[origin]}.`;
}

export interface SessionEnd {
  readonly copy: Stream;
  readonly session: Session;
  readonly alias: string;
  /** All of the stream. */
  readonly relays: readonly CascadeView[];
  readonly relayEnds: ReadonlySet<string>;
  /** Whether the node records the stream now. */
  readonly isRecorded: boolean;
}

/** Whom the end of a session hits. */
export function kickWords({ alias, copy, isRecorded, relayEnds, relays, session }: SessionEnd): string {
  const isPublisher = openSessions(copy.publish.sessions).some((each) => each.id === session.id);
  const isRelay = session.cascade !== undefined || relayEnds.has(session.id);
  const fed = relays.filter((relay) => relay.source === alias);
  const beyond = fed.reduce((sum, relay) => sum + relay.viewerCount, 0);
  if (!isPublisher && isRelay) {
    const [only] = fed.length === 1 ? fed : [];
    return only
      ? `This is the relay to ${only.target ?? 'a node of another cluster'}: it cuts off ${watchersWord(only.viewerCount)} there.`
      : 'This is a relay to another node: everybody who watches there is cut off.';
  }
  if (!isPublisher && !isPresent(session))
    return `This viewer at ${alias} is lost already: nobody is cut off.`;
  if (!isPublisher) return `One viewer at ${alias} is cut off. Players usually connect again by themselves.`;
  const hit = [
    watchersWord(viewersOf(copy, relayEnds).length),
    ...(fed.length > 0
      ? [`${formatCounted(fed.length, 'relay')} with ${formatCounted(beyond, 'viewer')}`]
      : []),
  ];
  const what = isRelay ? 'This is the relay that brings the stream here' : 'This is the publisher';
  const end = isRecorded ? ' and ends its recording there' : '';
  return `${what}: the stream is deleted on ${alias}, which cuts off ${hit.join(' and ')}${end}.`;
}

function watchersWord(count: number): string {
  return count > 0 ? formatCounted(count, 'viewer') : 'nobody who watches';
}
