import type { ReactNode } from 'react';
import type { SetAsideReport } from '../../../src-shared/contract/set-aside-routes.ts';
import type { Column } from '../../components/data-table.tsx';
import cells from '../../components/table-cells.module.css';
import { formatCount } from '../../format/numbers.ts';
import { formatClock, formatNearDate } from '../../format/times.ts';
import styles from './set-aside-list.module.css';

/** All columns of the reports that were set aside, in order; times are of `zone`. */
export function setAsideColumns(
  zone: string,
  actionsOf: (report: SetAsideReport) => ReactNode,
): readonly Column<SetAsideReport>[] {
  return [
    {
      id: 'arrived',
      title: 'Arrived',
      minPx: 146,
      cell: ({ arrivedAtMs }) => (
        <>
          {formatClock(arrivedAtMs * 1000, zone)}
          <span className={cells.date}>{formatNearDate(arrivedAtMs * 1000, zone)}</span>
        </>
      ),
    },
    { id: 'node', title: 'Node', minPx: 96, grow: 0.4, cell: ({ node }) => node || '–' },
    { id: 'stream', title: 'Stream', minPx: 96, grow: 0.6, cell: ({ stream }) => stream || '–' },
    {
      id: 'segments',
      title: 'Segments',
      minPx: 76,
      isNumber: true,
      cell: ({ path, segmentCount }) => <span title={path}>{formatCount(segmentCount)}</span>,
    },
    {
      id: 'reason',
      title: 'Why it was refused',
      minPx: 200,
      grow: 2.4,
      cell: ({ reason }) => <span title={reason}>{reason}</span>,
    },
    {
      id: 'actions',
      title: 'Actions',
      isTitleHidden: true,
      minPx: 204,
      cell: (report) => <div className={styles.actions}>{actionsOf(report)}</div>,
    },
  ];
}
