import { useEffect, useRef } from 'react';
import { useRoute } from '../../router.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { ProfilesSection } from '../profiles/profiles-section.tsx';
import { ShortcutList } from '../shell/shortcut-list.tsx';
import { AboutSection } from './about-section.tsx';
import { AppearanceSection } from './appearance-section.tsx';
import { ConnectionsSection } from './connections-section.tsx';
import { DemoSection } from './demo-section.tsx';
import { ManagersSection } from './managers-section.tsx';
import { NodesSection } from './nodes-section.tsx';
import { NotificationsSection } from './notifications-section.tsx';
import { SecretsSection } from './secrets-section.tsx';
import { SettingsSection } from './settings-section.tsx';
import styles from './settings-view.module.css';
import { StoragesSection } from './storages-section.tsx';
import { DatabaseSection } from './system-sections.tsx';
import { TimeSection } from './time-section.tsx';

/** What can be set here, and where everything else is set. */
export function SettingsView() {
  const status = useClusterStore((state) => state.status);
  const section = useRoute()?.query.get('section') ?? null;
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (section) ref.current?.querySelector(`#settings-${CSS.escape(section)}`)?.scrollIntoView();
  }, [section]);
  return (
    <div ref={ref} className={styles.view}>
      <div className={styles.column}>
        <AppearanceSection />
        <TimeSection />
        <NotificationsSection />
        <ProfilesSection />
        <DemoSection status={status} />
        <NodesSection />
        <StoragesSection />
        <DatabaseSection status={status} />
        <ManagersSection />
        <SecretsSection />
        <ConnectionsSection />
        <SettingsSection id="keys" title="Keyboard shortcuts">
          <ShortcutList />
        </SettingsSection>
        <AboutSection status={status} />
      </div>
    </div>
  );
}
