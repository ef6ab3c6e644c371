import { hrefTo } from '../../router.ts';
import { useIsAdmin } from '../../stores/rights.ts';
import styles from './about-section.module.css';
import { SettingsRow } from './settings-row.tsx';
import { SettingsSection } from './settings-section.tsx';

/** Where it is kept who did what. */
export function AuditSection() {
  const isAdmin = useIsAdmin();
  if (!isAdmin) return null;
  return (
    <SettingsSection
      id="audit"
      title="Audit"
      place={
        <>
          In the database, for <code>audit.keep_days</code>
        </>
      }
    >
      <SettingsRow text="Who logged in, played, exported, kicked, deleted and changed what, from where.">
        <a className={styles.link} href={hrefTo('audit')}>
          Open the audit log
        </a>
      </SettingsRow>
    </SettingsSection>
  );
}
