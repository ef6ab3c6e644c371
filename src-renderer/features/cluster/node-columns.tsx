import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { Column } from '../../components/data-table.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatCount, formatMbits, formatOffsetMs } from '../../format/numbers.ts';
import { compareNames } from '../../stores/keyed-list.ts';
import styles from './node-columns.module.css';
import { isAnswering, isClockOff, latencyText, nodeWord, shortVersion, stateTone } from './node-words.ts';

const STATE_ORDER = ['down', 'auth-failed', 'unknown', 'slow', 'up'];

/** A node and the minute it is looked at, so that "silent 2 min" grows. */
export interface NodeRow {
  readonly node: NodeView;
  readonly nowMs: number;
}

type NodeColumn = Column<NodeRow>;

function by(value: (node: NodeView) => number): NodeColumn['compare'] {
  return (a, b) => value(a.node) - value(b.node);
}

function byName(value: (node: NodeView) => string): NodeColumn['compare'] {
  return (a, b) => compareNames(value(a.node), value(b.node));
}

/** A figure that is greyed where it is nothing. */
function Figure({ node, value, text }: { node: NodeView; value: number; text: string }) {
  return <span className={value === 0 || !isAnswering(node) ? styles.faint : undefined}>{text}</span>;
}

/** All columns of the table of nodes, in order. */
export const NODE_COLUMNS: readonly NodeColumn[] = [
  {
    id: 'node',
    title: 'Node',
    minPx: 114,
    grow: 2,
    compare: byName((node) => node.alias),
    cell: ({ node }) => (
      <>
        <span className={styles.alias}>{node.alias}</span>
        {node.site && <span className={styles.site}>{node.site}</span>}
      </>
    ),
  },
  {
    id: 'state',
    title: 'State',
    minPx: 116,
    grow: 1.2,
    compare: by((node) => STATE_ORDER.indexOf(node.state)),
    cell: ({ node }) => (
      <span className={styles.state}>
        <StateDot tone={stateTone(node.state)} />
        {nodeWord(node)}
      </span>
    ),
  },
  {
    id: 'watched',
    title: 'Watched by',
    minPx: 84,
    grow: 0.9,
    compare: byName((node) => node.mode),
    cell: ({ node }) => (
      <span className={node.feedProblem ? styles.warn : styles.quiet} title={node.feedProblem ?? undefined}>
        {node.mode === 'sse' && !node.feedProblem ? 'Events' : 'Polling'}
      </span>
    ),
  },
  {
    id: 'latency',
    title: 'Latency',
    minPx: 88,
    grow: 0.8,
    isNumber: true,
    compare: by((node) => node.latencyMs ?? Number.POSITIVE_INFINITY),
    cell: ({ node, nowMs }) => (
      <span className={node.state === 'slow' ? styles.warn : styles.quiet}>{latencyText(node, nowMs)}</span>
    ),
  },
  {
    id: 'history',
    title: 'Latency, recent',
    isTitleHidden: true,
    minPx: 62,
    cell: ({ node }) => (
      <Sparkline
        className={node.state === 'slow' ? styles.warnLine : styles.line}
        values={node.latencyHistoryMs}
        capacity={60}
        widthPx={46}
        heightPx={20}
      />
    ),
  },
  {
    id: 'streams',
    title: 'Streams',
    minPx: 62,
    grow: 0.7,
    isNumber: true,
    compare: by((node) => node.streamCount),
    cell: ({ node }) => <Figure node={node} value={node.streamCount} text={formatCount(node.streamCount)} />,
  },
  {
    id: 'viewers',
    title: 'Viewers',
    minPx: 62,
    grow: 0.7,
    isNumber: true,
    compare: by((node) => node.viewerCount),
    cell: ({ node }) => <Figure node={node} value={node.viewerCount} text={formatCount(node.viewerCount)} />,
  },
  {
    id: 'out',
    title: 'Mbit/s out',
    minPx: 78,
    grow: 0.8,
    isNumber: true,
    compare: by((node) => node.bitrateOutBps),
    cell: ({ node }) => (
      <Figure node={node} value={node.bitrateOutBps} text={formatMbits(node.bitrateOutBps)} />
    ),
  },
  {
    id: 'in',
    title: 'Mbit/s in',
    minPx: 78,
    grow: 0.8,
    isNumber: true,
    compare: by((node) => node.bitrateInBps),
    cell: ({ node }) => (
      <Figure node={node} value={node.bitrateInBps} text={formatMbits(node.bitrateInBps)} />
    ),
  },
  {
    id: 'recording',
    title: 'Recording',
    minPx: 78,
    grow: 0.8,
    isNumber: true,
    compare: by((node) => node.recordingCount),
    cell: ({ node }) => (
      <Figure node={node} value={node.recordingCount} text={formatCount(node.recordingCount)} />
    ),
  },
  {
    id: 'version',
    title: 'Version',
    minPx: 90,
    grow: 0.9,
    compare: byName((node) => node.version ?? ''),
    cell: ({ node }) => (
      <span className={styles.quiet} title={node.version ?? undefined}>
        {node.version === null ? '?' : shortVersion(node.version)}
      </span>
    ),
  },
  {
    id: 'clock',
    title: 'Clock',
    minPx: 78,
    grow: 0.8,
    isNumber: true,
    compare: by((node) => Math.abs(node.clockOffsetMs ?? Number.POSITIVE_INFINITY)),
    cell: ({ node }) => (
      <span className={isClockOff(node) ? styles.warn : styles.quiet}>
        {formatOffsetMs(node.clockOffsetMs)}
      </span>
    ),
  },
];

/** Columns that are not shown until somebody asks for them. */
export const HIDDEN_AT_FIRST: readonly string[] = ['in'];
