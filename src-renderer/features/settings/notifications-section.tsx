import { useEffect, useState } from 'react';
import type { NotificationLevel } from '../../../src-shared/contract/desktop-bridge.ts';
import { errorMessage } from '../../api/client.ts';
import { type Desktop, desktop } from '../../api/desktop.ts';
import { Segmented } from '../../components/segmented.tsx';
import { showToast } from '../../stores/toast-store.ts';
import { SettingsRow } from './settings-row.tsx';
import { SettingsSection } from './settings-section.tsx';

const LEVELS = [
  { value: 'all', label: 'All alerts' },
  { value: 'critical', label: 'Critical ones' },
  { value: 'off', label: 'None' },
] as const;

/** Which alerts the operating system notifies of; a browser has no such notifications. */
export function NotificationsSection() {
  return (
    <SettingsSection
      id="notifications"
      title="Notifications"
      place={desktop ? 'Kept by this computer' : undefined}
    >
      {desktop ? (
        <LevelRow desktop={desktop} />
      ) : (
        <SettingsRow text="In a browser alerts are told in this window. The desktop program notifies of them while its window is not looked at.">
          {null}
        </SettingsRow>
      )}
    </SettingsSection>
  );
}

function LevelRow({ desktop: shell }: { readonly desktop: Desktop }) {
  const [level, setLevel] = useState<NotificationLevel | null>(null);
  useEffect(() => {
    let isGone = false;
    void shell.getNotificationLevel().then((known) => {
      if (!isGone) setLevel(known);
    });
    return () => {
      isGone = true;
    };
  }, [shell]);
  const choose = async (next: NotificationLevel) => {
    const before = level;
    setLevel(next);
    try {
      await shell.setNotificationLevel(next);
    } catch (error) {
      setLevel(before);
      showToast({ tone: 'bad', text: `The choice could not be kept. ${errorMessage(error)}` });
    }
  };
  return (
    <SettingsRow text="Of which alerts the system notifies while this window is not looked at. Muted alerts are left out.">
      {level && (
        <Segmented label="Notify of" value={level} options={LEVELS} onChange={(next) => void choose(next)} />
      )}
    </SettingsRow>
  );
}
