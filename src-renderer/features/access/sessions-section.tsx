import { useState } from 'react';
import type { LoginSession } from '../../../src-shared/model/account.ts';
import { US_PER_MS } from '../../../src-shared/util/units.ts';
import { api } from '../../api/client.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import rows from '../../components/row-list.module.css';
import { formatDateTime } from '../../format/times.ts';
import { loadSession, useSessionStore } from '../../stores/session-store.ts';
import { useZone } from '../../stores/settings-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { useReading } from '../../stores/use-reading.ts';
import { SettingsSection } from '../settings/settings-section.tsx';
import styles from './access-list.module.css';
import { sessionHint } from './access-words.ts';

const readSessions = async (signal: AbortSignal) => (await api.call('listSessions', { signal })).sessions;
/** More than this are shown when they are asked for. */
const FEW = 8;

/** Who is logged in, and ending it. */
export function SessionsSection() {
  const isAuthRequired = useSessionStore((state) => state.session?.isAuthRequired ?? false);
  if (!isAuthRequired) return null;
  return (
    <SettingsSection id="sessions" title="Logged in" place="Kept in the database; a restart ends none">
      <SessionList />
    </SettingsSection>
  );
}

function SessionList() {
  const { problem, reload, value: sessions } = useReading('sessions', readSessions);
  const zone = useZone();
  const [isAllShown, setIsAllShown] = useState(false);
  const [asked, setAsked] = useState<LoginSession | null>(null);
  if (problem && !sessions)
    return (
      <Callout tone="bad" onRetry={reload}>
        {problem}
      </Callout>
    );
  if (!sessions) return null;
  const shown = isAllShown ? sessions : sessions.slice(0, FEW);
  const time = (ms: number) => formatDateTime(ms * US_PER_MS, zone);
  return (
    <div className={styles.stack}>
      {problem && (
        <Callout tone="bad" onRetry={reload}>
          {problem}
        </Callout>
      )}
      {sessions.length === 0 ? (
        <p className={styles.explain}>
          Nobody has a login here: this window and programs with tokens need none.
        </p>
      ) : (
        <ul className={rows.list} aria-label="Logins">
          {shown.map((session) => (
            <li key={session.id} className={rows.row}>
              <div className={rows.main}>
                <div className={rows.name}>
                  {session.name}
                  {session.isOwn && <Badge>this window</Badge>}
                </div>
                <div className={rows.hint}>{sessionHint(session)}</div>
                <div className={rows.hint}>last used {time(session.usedAtMs)}</div>
              </div>
              <Button tone="plain" onClick={() => setAsked(session)}>
                End
              </Button>
            </li>
          ))}
          {sessions.length > FEW && !isAllShown && (
            <li className={rows.more}>
              <Button tone="plain" onClick={() => setIsAllShown(true)}>
                Show all {sessions.length}
              </Button>
            </li>
          )}
        </ul>
      )}
      {asked && (
        <ConfirmDialog
          title={asked.isOwn ? 'End your own login?' : `End this login of ${asked.name}?`}
          keep="Keep it"
          action="End it"
          onClose={() => setAsked(null)}
          run={async () => {
            await api.call('revokeSession', { params: { id: asked.id } });
            showToast({ text: `Ended a login of ${asked.name}.` });
            reload();
            if (asked.isOwn) void loadSession();
          }}
        >
          <p>
            {sessionHint(asked)}, since {time(asked.createdAtMs)}. Who sits there has to log in again; what
            plays there stops.
          </p>
        </ConfirmDialog>
      )}
    </div>
  );
}
