import type { AuditEntry, AuditOutcome } from '../../../src-shared/model/audit-entry.ts';
import { US_PER_MS } from '../../../src-shared/util/units.ts';
import { Badge } from '../../components/badge.tsx';
import type { Column } from '../../components/data-table.tsx';
import { formatCount } from '../../format/numbers.ts';
import { formatClock, formatDate } from '../../format/times.ts';
import styles from './audit-view.module.css';
import { actionWords, OUTCOME_WORDS, whoWords } from './audit-words.ts';

const TONES = { ok: 'neutral', refused: 'warn', failed: 'bad' } as const satisfies Record<
  AuditOutcome,
  string
>;

/** Columns of the audit log, times in a zone. */
export function auditColumns(zone: string): Column<AuditEntry>[] {
  return [
    {
      id: 'at',
      title: 'Time',
      minPx: 164,
      cell: ({ atMs }) => (
        <span className={styles.time}>
          {formatDate(atMs * US_PER_MS, zone)} {formatClock(atMs * US_PER_MS, zone)}
        </span>
      ),
    },
    {
      id: 'who',
      title: 'Who',
      minPx: 130,
      grow: 1,
      cell: (entry) => <span className={entry.who === '' ? styles.quiet : undefined}>{whoWords(entry)}</span>,
    },
    { id: 'action', title: 'Action', minPx: 150, grow: 1, cell: ({ action }) => actionWords(action) },
    { id: 'object', title: 'Object', minPx: 160, grow: 2, cell: ({ object }) => object },
    {
      id: 'count',
      title: 'Requests',
      minPx: 76,
      isNumber: true,
      cell: ({ count }) => (count === 1 ? '' : formatCount(count)),
    },
    {
      id: 'outcome',
      title: 'Outcome',
      minPx: 92,
      cell: ({ outcome }) =>
        outcome === 'ok' ? (
          <span className={styles.quiet}>{OUTCOME_WORDS.ok}</span>
        ) : (
          <Badge tone={TONES[outcome]}>{OUTCOME_WORDS[outcome]}</Badge>
        ),
    },
    {
      id: 'address',
      title: 'From',
      minPx: 130,
      cell: ({ address }) => <span className={styles.time}>{address ?? ''}</span>,
    },
  ];
}
