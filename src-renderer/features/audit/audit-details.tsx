import type { AuditEntry } from '../../../src-shared/model/audit-entry.ts';
import { US_PER_MS } from '../../../src-shared/util/units.ts';
import { CloseButton } from '../../components/close-button.tsx';
import styles from '../../components/details.module.css';
import { FactList } from '../../components/fact-list.tsx';
import { formatCount } from '../../format/numbers.ts';
import { formatDateTime } from '../../format/times.ts';
import { actionWords, credentialWords, detailFacts, OUTCOME_WORDS, whoWords } from './audit-words.ts';

export interface AuditDetailsProps {
  readonly entry: AuditEntry;
  readonly zone: string;
  readonly onClose: () => void;
}

/** Everything that is kept of one act. */
export function AuditDetails({ entry, zone, onClose }: AuditDetailsProps) {
  const timeUs = (us: number) => formatDateTime(us, zone);
  const time = (ms: number) => timeUs(ms * US_PER_MS);
  const status = entry.status === null ? '' : ` (${entry.status})`;
  return (
    <div className={styles.details}>
      <header className={styles.header}>
        <h2 className={styles.name}>{actionWords(entry.action)}</h2>
        <CloseButton label="Close the details" onClick={onClose} />
      </header>
      <FactList
        facts={[
          { name: 'Object', value: entry.object || 'none' },
          { name: 'Outcome', value: `${OUTCOME_WORDS[entry.outcome]}${status}` },
          { name: entry.count > 1 ? 'Begun' : 'Time', value: time(entry.atMs) },
          ...(entry.count > 1
            ? [
                { name: 'Last', value: time(entry.lastAtMs) },
                { name: 'Requests', value: formatCount(entry.count) },
              ]
            : []),
          { name: 'Who', value: whoWords(entry) },
          { name: 'By', value: credentialWords(entry.credential) },
          { name: 'Address', value: entry.address ?? 'not known' },
          { name: 'Program', value: entry.userAgent ?? 'not known' },
          { name: 'Login', value: entry.session ?? 'none' },
          ...detailFacts(entry, timeUs),
        ]}
      />
    </div>
  );
}
