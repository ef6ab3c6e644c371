import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { api } from '../../api/client.ts';
import { FactList } from '../../components/fact-list.tsx';
import styles from './about-section.module.css';
import { SettingsSection } from './settings-section.tsx';

export function AboutSection({ status }: { readonly status: SystemStatus | null }) {
  return (
    <SettingsSection id="about" title="About">
      <FactList
        facts={[
          { name: 'Version', value: status ? `Liveman Desktop ${status.version}` : 'not known' },
          { name: 'License', value: 'Mozilla Public License 2.0' },
          {
            name: 'API',
            value: (
              <a className={styles.link} href={api.url('getOpenApi')}>
                OpenAPI description of this manager
              </a>
            ),
          },
        ]}
      />
    </SettingsSection>
  );
}
