import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { Callout } from '../../components/callout.tsx';
import { FactList } from '../../components/fact-list.tsx';
import { formatBytes, formatPercent } from '../../format/numbers.ts';
import { SettingsSection } from './settings-section.tsx';
import styles from './system-sections.module.css';

interface SystemSectionProps {
  readonly status: SystemStatus | null;
}

function usageText(storage: SystemStatus['storage']): string {
  const { usedBytes, totalBytes } = storage;
  if (usedBytes === null || !totalBytes) return 'not known';
  const free = formatBytes(totalBytes - usedBytes);
  return `${formatPercent(usedBytes / totalBytes)} used, ${free} of ${formatBytes(totalBytes)} free`;
}

export function StorageSection({ status }: SystemSectionProps) {
  if (!status) return null;
  const { storage } = status;
  return (
    <SettingsSection
      id="storage"
      title="Storage"
      place={
        <>
          <code>[recorder.storage]</code> in liveman.toml
        </>
      }
    >
      <div className={styles.stack}>
        {storage.problem && <Callout tone="bad">{storage.problem}</Callout>}
        <FactList
          facts={[
            { name: 'Where', value: storage.name },
            { name: 'State', value: storage.isUp ? 'can be read' : 'cannot be reached' },
            { name: 'Disk', value: usageText(storage) },
          ]}
        />
      </div>
    </SettingsSection>
  );
}

export function DatabaseSection({ status }: SystemSectionProps) {
  if (!status) return null;
  const { database } = status;
  return (
    <SettingsSection
      id="database"
      title="Database"
      place={
        <>
          <code>[database] url</code> in liveman.toml, or DATABASE_URL
        </>
      }
    >
      <div className={styles.stack}>
        {database.problem && <Callout tone="bad">{database.problem}</Callout>}
        <FactList
          facts={[
            { name: 'PostgreSQL', value: database.serverVersion ?? 'version not known' },
            {
              name: 'Which',
              value: database.isEmbedded ? 'embedded, in the data folder of Liveman' : 'a server of yours',
            },
            { name: 'State', value: database.isUp ? 'answers' : 'cannot be reached' },
          ]}
        />
      </div>
    </SettingsSection>
  );
}
