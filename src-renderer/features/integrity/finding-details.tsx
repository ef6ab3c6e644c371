import { Film, Wrench } from 'lucide-react';
import type { IntegrityFinding } from '../../../src-shared/model/integrity.ts';
import { Button } from '../../components/button.tsx';
import { CloseButton } from '../../components/close-button.tsx';
import detailStyles from '../../components/details.module.css';
import { FactList } from '../../components/fact-list.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatDurationUs } from '../../format/durations.ts';
import { formatDateTime } from '../../format/times.ts';
import { navigate } from '../../router.ts';
import { KIND_WORDS, REPAIR_WORDS, toneOf } from './finding-words.ts';
import styles from './integrity-panel.module.css';

const ICON = { size: 14, strokeWidth: 1.75, 'aria-hidden': true } as const;

export interface FindingDetailsProps {
  readonly finding: IntegrityFinding;
  readonly zone: string;
  readonly isBusy: boolean;
  readonly onRepair: () => void;
  readonly onClose: () => void;
}

/** All that is known of a finding, and what can be done about it. */
export function FindingDetails({ finding, isBusy, onClose, onRepair, zone }: FindingDetailsProps) {
  const { endUs, foundAtMs, kind, nodeAlias, place, reason, repair, startUs, stream } = finding;
  return (
    <div className={detailStyles.details}>
      <header className={detailStyles.header}>
        <h2 className={styles.name}>
          <StateDot tone={toneOf(kind)} /> {KIND_WORDS[kind]}
        </h2>
        <CloseButton label="Close the details" onClick={onClose} />
      </header>
      <p className={styles.fullReason}>{reason}</p>
      <FactList
        facts={[
          { name: 'Where', value: <code className={styles.path}>{place}</code> },
          { name: 'Stream', value: stream || 'none' },
          { name: 'Node', value: nodeAlias || 'not known' },
          { name: 'Recorded', value: startUs === null ? 'not known' : formatDateTime(startUs, zone) },
          {
            name: 'Length',
            value: startUs === null || endUs === null ? '–' : formatDurationUs(endUs - startUs),
          },
          { name: 'Found', value: formatDateTime(foundAtMs * 1000, zone) },
        ]}
      />
      <p className={styles.effect}>
        {repair
          ? REPAIR_WORDS[repair].effect
          : 'Nothing here can mend this: that is how it was recorded or stored.'}
      </p>
      <div className={detailStyles.actions}>
        {repair && (
          <Button
            tone={repair === 'forget' ? 'danger' : 'primary'}
            icon={<Wrench {...ICON} />}
            disabled={isBusy}
            onClick={onRepair}
          >
            {isBusy ? 'Working…' : REPAIR_WORDS[repair].verb}
          </Button>
        )}
        {stream !== '' && startUs !== null && (
          <Button icon={<Film {...ICON} />} onClick={() => navigate('recordings', { stream, at: startUs })}>
            Show on the timeline
          </Button>
        )}
      </div>
    </div>
  );
}
