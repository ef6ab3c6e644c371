import { useRef } from 'react';
import { useRoute } from '../../router.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { AccountsSection } from '../access/accounts-section.tsx';
import { AdminOnly } from '../access/only.tsx';
import { ReportPathsSection } from '../access/report-paths-section.tsx';
import { SessionsSection } from '../access/sessions-section.tsx';
import { TokensSection } from '../access/tokens-section.tsx';
import { ProfilesSection } from '../profiles/profiles-section.tsx';
import { ShortcutList } from '../shell/shortcut-list.tsx';
import { AboutSection } from './about-section.tsx';
import { AppearanceSection } from './appearance-section.tsx';
import { AuditSection } from './audit-section.tsx';
import { ConnectionsSection } from './connections-section.tsx';
import { DemoSection } from './demo-section.tsx';
import { ManagersSection } from './managers-section.tsx';
import { NodesSection } from './nodes-section.tsx';
import { NotificationsSection } from './notifications-section.tsx';
import { SecretsSection } from './secrets-section.tsx';
import { SectionList } from './section-list.tsx';
import { SettingsSection } from './settings-section.tsx';
import styles from './settings-view.module.css';
import { StoragesSection } from './storages-section.tsx';
import { DatabaseSection } from './system-sections.tsx';
import { TimeSection } from './time-section.tsx';
import { useSections } from './use-sections.ts';

/** What can be set here, and where everything else is set. */
export function SettingsView() {
  const status = useClusterStore((state) => state.status);
  const section = useRoute()?.query.get('section') ?? null;
  const ref = useRef<HTMLDivElement>(null);
  const { currentId, goTo, sections } = useSections(ref, section);
  return (
    <div className={styles.view}>
      <SectionList sections={sections} currentId={currentId} onGo={goTo} />
      <div ref={ref} className={styles.scroller}>
        <div className={styles.column}>
          <AppearanceSection />
          <TimeSection />
          <NotificationsSection />
          <ProfilesSection />
          <DemoSection status={status} />
          <NodesSection />
          <AccountsSection />
          <SessionsSection />
          <TokensSection />
          <ReportPathsSection />
          <AuditSection />
          <AdminOnly>
            <StoragesSection />
          </AdminOnly>
          <DatabaseSection status={status} />
          <AdminOnly>
            <ManagersSection />
            <SecretsSection />
            <ConnectionsSection />
          </AdminOnly>
          <SettingsSection id="keys" title="Keyboard shortcuts">
            <ShortcutList />
          </SettingsSection>
          <AboutSection status={status} />
        </div>
      </div>
    </div>
  );
}
