import { BellOff } from 'lucide-react';
import { useState } from 'react';
import type { AlertMute } from '../../../src-shared/model/alert-mute.ts';
import { Button } from '../../components/button.tsx';
import { formatDateTime } from '../../format/times.ts';
import { OperatorOnly } from '../access/only.tsx';
import { endMute } from './alert-actions.ts';
import rowStyles from './alert-row.module.css';
import { muteWords } from './alert-words.ts';
import styles from './alerts-view.module.css';

/** What is kept quiet, until when, and why; each can be ended. */
export function MuteList({ mutes, zone }: { readonly mutes: readonly AlertMute[]; readonly zone: string }) {
  if (mutes.length === 0) return null;
  return (
    <section className={styles.group} aria-label="Mutes">
      <h2 className={styles.object}>Kept quiet</h2>
      <ul>
        {mutes.map((mute) => (
          <MuteRow key={mute.id} mute={mute} zone={zone} />
        ))}
      </ul>
    </section>
  );
}

function MuteRow({ mute, zone }: { readonly mute: AlertMute; readonly zone: string }) {
  const [isBusy, setIsBusy] = useState(false);
  const end = async () => {
    setIsBusy(true);
    await endMute(mute);
    setIsBusy(false);
  };
  const by = mute.createdBy === 'local' ? '' : ` by ${mute.createdBy}`;
  return (
    <li className={rowStyles.row}>
      <span className={rowStyles.kind}>
        <BellOff size={14} strokeWidth={1.75} aria-hidden />
        Muted
      </span>
      <span className={rowStyles.text}>
        {muteWords(mute)}
        {mute.reason && <span className={rowStyles.note}>{mute.reason}</span>}
      </span>
      <span className={rowStyles.time}>
        <span>
          {mute.endsAtMs === null ? 'until ended' : `until ${formatDateTime(mute.endsAtMs * 1000, zone)}`}
        </span>
        <span className={rowStyles.quiet}>
          since {formatDateTime(mute.createdAtMs * 1000, zone)}
          {by}
        </span>
      </span>
      <span className={rowStyles.action}>
        <OperatorOnly>
          <Button disabled={isBusy} aria-label={`End mute: ${muteWords(mute)}`} onClick={() => void end()}>
            End
          </Button>
        </OperatorOnly>
      </span>
    </li>
  );
}
