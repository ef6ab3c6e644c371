import type { IntegrityFinding } from '../../../src-shared/model/integrity.ts';
import type { Column } from '../../components/data-table.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatClock, formatNearDate } from '../../format/times.ts';
import { KIND_WORDS, toneOf } from './finding-words.ts';
import styles from './integrity-panel.module.css';

/** All columns of the list of findings, in order; times are of `zone`. */
export function findingColumns(zone: string): readonly Column<IntegrityFinding>[] {
  return [
    {
      id: 'kind',
      title: 'What',
      minPx: 148,
      cell: ({ kind }) => (
        <span className={styles.kind}>
          <StateDot tone={toneOf(kind)} />
          {KIND_WORDS[kind]}
        </span>
      ),
    },
    { id: 'stream', title: 'Stream', minPx: 96, grow: 0.6, cell: ({ stream }) => stream || '–' },
    {
      id: 'node',
      title: 'Node',
      minPx: 80,
      grow: 0.4,
      cell: ({ nodeAlias }) => <span className={styles.quiet}>{nodeAlias || '–'}</span>,
    },
    {
      id: 'time',
      title: 'Recorded',
      minPx: 146,
      cell: ({ startUs }) =>
        startUs === null ? (
          '–'
        ) : (
          <>
            {formatClock(startUs, zone)}
            <span className={styles.date}>{formatNearDate(startUs, zone)}</span>
          </>
        ),
    },
    {
      id: 'reason',
      title: 'Why',
      minPx: 240,
      grow: 2.4,
      cell: ({ reason }) => (
        <span className={styles.reason} title={reason}>
          {reason}
        </span>
      ),
    },
  ];
}
