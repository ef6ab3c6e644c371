import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { Badge } from '../../components/badge.tsx';
import { CloseButton } from '../../components/close-button.tsx';
import detailStyles from '../../components/details.module.css';
import { FactList } from '../../components/fact-list.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatSpanMs } from '../../format/durations.ts';
import { formatBitRate, formatCount, formatCounted, formatOffsetMs } from '../../format/numbers.ts';
import { NodeActions } from './node-actions.tsx';
import styles from './node-details.module.css';
import { NodeHistory } from './node-history.tsx';
import { NodeRelays } from './node-relays.tsx';
import { NodeStreams } from './node-streams.tsx';
import { NodeWarnings } from './node-warnings.tsx';
import { stateSentence, stateTone } from './node-words.ts';

export interface NodeDetailsProps {
  readonly node: NodeView;
  readonly streams: readonly StreamView[];
  readonly nowMs: number;
  readonly onClose: () => void;
}

/** What is known of the selected node, and what is wrong with it. */
export function NodeDetails({ node, streams, nowMs, onClose }: NodeDetailsProps) {
  return (
    <div className={detailStyles.details}>
      <header className={styles.header}>
        <div className={styles.heading}>
          <h2 className={styles.alias}>{node.alias}</h2>
          <span className={detailStyles.state} role="status">
            <StateDot tone={stateTone(node.state)} />
            {stateSentence(node, nowMs)}
          </span>
        </div>
        <CloseButton label="Close the details" onClick={onClose} />
      </header>
      <NodeActions key={node.alias} node={node} />
      <NodeWarnings node={node} />
      <FactList facts={factsOf(node, nowMs)} />
      <NodeHistory key={`history of ${node.alias}`} node={node} />
      <NodeRelays alias={node.alias} />
      <NodeStreams alias={node.alias} streams={streams} />
    </div>
  );
}

const ORIGIN_WORDS: Readonly<Record<NodeView['origin'], string>> = {
  config: 'liveman.toml',
  demo: 'the demo (simulated)',
  stored: 'this window',
};

function factsOf(node: NodeView, nowMs: number) {
  const seen = node.lastSeenMs === null ? 'never' : `${formatSpanMs(nowMs - node.lastSeenMs)} ago`;
  const viewers = formatCounted(node.viewerCount, 'viewer');
  return [
    { name: 'Address', value: <span className={styles.address}>{node.url}</span> },
    { name: 'Site', value: node.site || 'not given' },
    {
      name: 'Version',
      value: (
        <span className={styles.version}>
          {node.version ?? 'not known'}
          {node.features.map((feature) => (
            <Badge key={feature}>{feature}</Badge>
          ))}
        </span>
      ),
    },
    { name: 'Watched by', value: `${node.mode === 'sse' ? 'events' : 'polling'}, ${seen}` },
    {
      name: 'Capacity',
      value:
        node.viewerCapacity === null ? viewers : `${viewers}, ${formatCount(node.viewerCapacity)} per stream`,
    },
    {
      name: 'Traffic',
      value: `${formatBitRate(node.bitrateInBps)} in, ${formatBitRate(node.bitrateOutBps)} out`,
    },
    { name: 'Clock', value: node.clockOffsetMs === null ? 'not known' : formatOffsetMs(node.clockOffsetMs) },
    { name: 'Declared in', value: ORIGIN_WORDS[node.origin] },
  ];
}
