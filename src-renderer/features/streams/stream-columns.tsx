import { Film } from 'lucide-react';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import type { Column } from '../../components/data-table.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { codecNames } from '../../format/codecs.ts';
import { formatCount, formatMbits } from '../../format/numbers.ts';
import { hrefTo } from '../../router.ts';
import { compareNames } from '../../stores/keyed-list.ts';
import styles from './stream-columns.module.css';
import { StreamMenu } from './stream-menu.tsx';
import { StreamNodes } from './stream-nodes.tsx';
import { StreamTrend } from './stream-trend.tsx';
import { liveWord } from './stream-words.ts';

type StreamColumn = Column<StreamView>;

function figure(value: number, text: string) {
  return <span className={value === 0 ? styles.quiet : undefined}>{text}</span>;
}

/** All columns of the table of streams, in order. */
export const STREAM_COLUMNS: readonly StreamColumn[] = [
  {
    id: 'stream',
    title: 'Stream',
    minPx: 148,
    grow: 1.6,
    compare: (a, b) => compareNames(a.id, b.id),
    cell: (stream) => <StreamMenu id={stream.id} />,
  },
  {
    id: 'state',
    title: 'State',
    minPx: 88,
    grow: 0.7,
    compare: (a, b) => Number(b.isLive) - Number(a.isLive),
    cell: (stream) => (
      <span className={stream.isLive ? styles.state : styles.quietState}>
        <StateDot tone={stream.isLive ? 'ok' : 'idle'} />
        {liveWord(stream)}
      </span>
    ),
  },
  {
    id: 'recording',
    title: 'Recording',
    minPx: 106,
    grow: 0.8,
    compare: (a, b) => Number(b.isRecording) - Number(a.isRecording),
    cell: (stream) => (
      <span className={stream.isRecording ? styles.state : styles.quietState}>
        <StateDot tone={stream.isRecording ? 'rec' : 'idle'} />
        {stream.isRecording ? 'Recording' : 'Not recorded'}
      </span>
    ),
  },
  {
    id: 'codecs',
    title: 'Codecs',
    minPx: 104,
    grow: 1,
    compare: (a, b) => compareNames(codecNames(a.codecs), codecNames(b.codecs)),
    cell: (stream) => <span className={styles.quiet}>{codecNames(stream.codecs) || '–'}</span>,
  },
  {
    id: 'in',
    title: 'Mbit/s in',
    minPx: 80,
    grow: 0.6,
    isNumber: true,
    compare: (a, b) => a.bitrateInBps - b.bitrateInBps,
    cell: (stream) => figure(stream.bitrateInBps, formatMbits(stream.bitrateInBps)),
  },
  {
    id: 'trend',
    title: 'Mbit/s in, recent',
    isTitleHidden: true,
    minPx: 64,
    cell: (stream) => <StreamTrend id={stream.id} className={styles.line} />,
  },
  {
    id: 'out',
    title: 'Mbit/s out',
    minPx: 84,
    grow: 0.6,
    isNumber: true,
    compare: (a, b) => a.bitrateOutBps - b.bitrateOutBps,
    cell: (stream) => figure(stream.bitrateOutBps, formatMbits(stream.bitrateOutBps)),
  },
  {
    id: 'viewers',
    title: 'Viewers',
    minPx: 70,
    grow: 0.6,
    isNumber: true,
    compare: (a, b) => a.viewerCount - b.viewerCount,
    cell: (stream) => figure(stream.viewerCount, formatCount(stream.viewerCount)),
  },
  {
    id: 'nodes',
    title: 'Nodes',
    minPx: 128,
    grow: 2.4,
    compare: (a, b) => a.nodes.length - b.nodes.length,
    cell: (stream) => <StreamNodes nodes={stream.nodes} />,
  },
  {
    id: 'recordings',
    title: 'Recordings',
    isTitleHidden: true,
    minPx: 44,
    cell: (stream) => (
      <a
        className={styles.link}
        href={hrefTo('recordings', { stream: stream.id })}
        title="Show its recordings"
        aria-label={`Recordings of ${stream.id}`}
      >
        <Film size={16} strokeWidth={1.75} aria-hidden />
      </a>
    ),
  },
];
