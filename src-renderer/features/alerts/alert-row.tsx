import { BellOff, Check, MoreHorizontal, NotebookPen } from 'lucide-react';
import { useState } from 'react';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatDateTime } from '../../format/times.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import { acknowledgeAlerts } from './alert-actions.ts';
import styles from './alert-row.module.css';
import { alertTone, kindWord, spanWords } from './alert-words.ts';
import { MuteDialog } from './mute-dialog.tsx';
import { NoteDialog } from './note-dialog.tsx';

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const;

/** Without authentication there is only one who can have noted it. */
function notedWords({ acknowledgedBy }: Alert): string {
  return acknowledgedBy === 'local' ? 'Noted' : `Noted by ${acknowledgedBy}`;
}

export interface AlertRowProps {
  readonly alert: Alert;
  readonly zone: string;
  readonly nowMs: number;
}

/** One alert: what, since when, how often, and taking note of it. */
export function AlertRow({ alert, zone, nowMs }: AlertRowProps) {
  const [isBusy, setIsBusy] = useState(false);
  const acknowledge = async () => {
    setIsBusy(true);
    await acknowledgeAlerts([alert]);
    setIsBusy(false);
  };
  return (
    <li className={styles.row} data-closed={alert.closedAtMs !== null || undefined}>
      <span className={styles.kind}>
        <StateDot tone={alertTone(alert)} />
        {kindWord(alert.kind)}
        {alert.count > 1 && <Badge>{alert.count} times</Badge>}
      </span>
      <span className={styles.text}>
        {alert.text}
        {alert.note && <span className={styles.note}>Done: {alert.note}</span>}
      </span>
      <span className={styles.time}>
        <time dateTime={new Date(alert.openedAtMs).toISOString()}>
          {formatDateTime(alert.openedAtMs * 1000, zone)}
        </time>
        <span className={styles.quiet}>{spanWords(alert, nowMs)}</span>
      </span>
      <span className={styles.action}>
        {alert.acknowledgedAtMs !== null ? (
          <span className={styles.quiet}>
            <Check size={14} strokeWidth={1.75} aria-hidden /> {notedWords(alert)}
          </span>
        ) : (
          alert.closedAtMs === null && (
            <OperatorOnly>
              <Button
                disabled={isBusy}
                aria-label={`Acknowledge: ${kindWord(alert.kind)}, ${alert.object.name}`}
                onClick={() => void acknowledge()}
              >
                Acknowledge
              </Button>
            </OperatorOnly>
          )
        )}
        <OperatorOnly>
          <Menu
            label="What else can be done"
            trigger={
              <IconButton label={`More: ${kindWord(alert.kind)}, ${alert.object.name}`} hasTooltip={false}>
                <MoreHorizontal {...ICON} />
              </IconButton>
            }
          >
            <MenuItem
              icon={<NotebookPen {...ICON} />}
              onSelect={() => showDialog((onClose) => <NoteDialog alert={alert} onClose={onClose} />)}
            >
              Say what was done…
            </MenuItem>
            <MenuItem
              icon={<BellOff {...ICON} />}
              onSelect={() => showDialog((onClose) => <MuteDialog alert={alert} onClose={onClose} />)}
            >
              Mute…
            </MenuItem>
          </Menu>
        </OperatorOnly>
      </span>
    </li>
  );
}
