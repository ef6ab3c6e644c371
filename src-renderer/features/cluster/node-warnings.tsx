import { Clock } from 'lucide-react';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import { Callout } from '../../components/callout.tsx';
import { clockWords, isAnswering, isClockOff, nodeWord } from './node-words.ts';

/** What is wrong with a node and what to do about it. */
export function NodeWarnings({ node }: { readonly node: NodeView }) {
  return (
    <>
      {node.state !== 'up' && node.reason && (
        <Callout tone={node.state === 'down' || node.state === 'auth-failed' ? 'bad' : 'warn'}>
          <strong>{nodeWord(node)}.</strong> {node.reason}
        </Callout>
      )}
      {isAnswering(node) && node.feedProblem && (
        <Callout tone="warn">
          <strong>Polled, not followed.</strong> {node.feedProblem}
        </Callout>
      )}
      {isClockOff(node) && node.clockOffsetMs !== null && (
        <Callout icon={<Clock size={16} strokeWidth={1.75} aria-hidden />}>
          <strong>Its clock is {clockWords(node.clockOffsetMs)}.</strong> Recordings are shifted by that much.
          Set the time on the node; what is stored stays as it is.
        </Callout>
      )}
    </>
  );
}
