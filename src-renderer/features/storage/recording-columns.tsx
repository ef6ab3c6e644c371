import { TriangleAlert } from 'lucide-react';
import type { Recording } from '../../../src-shared/model/recording.ts';
import type { Column } from '../../components/data-table.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import styles from '../../components/table-cells.module.css';
import { formatDurationUs } from '../../format/durations.ts';
import { formatBytes, formatCount } from '../../format/numbers.ts';
import { formatClock, formatNearDate } from '../../format/times.ts';
import { codecText, recordingProblems, recordingState } from './recording-words.ts';

const US_PER_SECOND = 1_000_000;

/** All columns of the list of recordings, in order; times are of `zone`. */
export function recordingColumns(zone: string, nowUs: number): readonly Column<Recording>[] {
  return [
    {
      id: 'stream',
      title: 'Stream',
      minPx: 112,
      grow: 1.4,
      cell: (recording) => <span className={styles.name}>{recording.stream}</span>,
    },
    {
      id: 'node',
      title: 'Node',
      minPx: 84,
      grow: 0.8,
      cell: (recording) => <span className={styles.quiet}>{recording.node}</span>,
    },
    {
      id: 'start',
      title: 'Start',
      minPx: 164,
      grow: 0.8,
      // The order itself comes from the manager.
      compare: () => 0,
      cell: ({ startUs }) => (
        <>
          {formatClock(startUs, zone)}
          <span className={styles.date}>{formatNearDate(startUs, zone)}</span>
        </>
      ),
    },
    {
      id: 'length',
      title: 'Length',
      minPx: 98,
      grow: 0.6,
      isNumber: true,
      cell: ({ endUs, startUs }) =>
        formatDurationUs(Math.round((endUs - startUs) / US_PER_SECOND) * US_PER_SECOND),
    },
    {
      id: 'state',
      title: 'State',
      minPx: 106,
      grow: 0.7,
      cell: (recording) => {
        const { text, tone } = recordingState(recording, nowUs);
        return (
          <span className={styles.state}>
            <StateDot tone={tone} />
            {text}
          </span>
        );
      },
    },
    {
      id: 'codecs',
      title: 'Codecs',
      minPx: 132,
      grow: 1.2,
      cell: (recording) => <span className={styles.quiet}>{codecText(recording)}</span>,
    },
    {
      id: 'segments',
      title: 'Segments',
      minPx: 74,
      grow: 0.4,
      isNumber: true,
      cell: ({ segmentCount }) => <span className={styles.quiet}>{formatCount(segmentCount)}</span>,
    },
    {
      id: 'size',
      title: 'Size',
      minPx: 74,
      grow: 0.4,
      isNumber: true,
      cell: ({ sizeBytes }) => (sizeBytes > 0 ? formatBytes(sizeBytes) : '–'),
    },
    {
      id: 'problem',
      title: 'Problem',
      minPx: 76,
      grow: 1.6,
      cell: (recording) => {
        const [first] = recordingProblems(recording);
        if (first === undefined) return null;
        return (
          <span className={styles.problem} title={first}>
            <TriangleAlert size={14} strokeWidth={1.75} aria-hidden />
            <span className={styles.words}>{first}</span>
          </span>
        );
      },
    },
  ];
}
