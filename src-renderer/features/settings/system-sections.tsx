import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { Callout } from '../../components/callout.tsx';
import { FactList } from '../../components/fact-list.tsx';
import { formatBytes, formatCounted, formatPercent } from '../../format/numbers.ts';
import { SettingsSection } from './settings-section.tsx';
import styles from './system-sections.module.css';

interface SystemSectionProps {
  readonly status: SystemStatus | null;
}

function setAsideText({ setAsideCount, setAsideReason }: SystemStatus['journal']): string {
  return `${formatCounted(setAsideCount, 'report')} set aside, as the database refuses them: ${setAsideReason}`;
}

function journalFillText({ entryCount, maxBytes, usedBytes }: SystemStatus['journal']): string {
  if (maxBytes === 0) return 'off: reports are refused while the database is away';
  if (entryCount === 0) return `empty, takes up to ${formatBytes(maxBytes)} while the database is away`;
  const share = formatPercent(usedBytes / maxBytes);
  return `${formatCounted(entryCount, 'report')} wait, ${formatBytes(usedBytes)} of ${formatBytes(maxBytes)} (${share})`;
}

export function DatabaseSection({ status }: SystemSectionProps) {
  if (!status) return null;
  const { database, journal } = status;
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
        {journal.problem && <Callout tone="bad">{journal.problem}</Callout>}
        {journal.setAsideReason && <Callout tone="warn">{setAsideText(journal)}</Callout>}
        <FactList
          facts={[
            { name: 'PostgreSQL', value: database.serverVersion ?? 'version not known' },
            {
              name: 'Which',
              value: database.isEmbedded ? 'built-in, in the data folder of Liveman' : 'a server of yours',
            },
            { name: 'State', value: database.isUp ? 'answers' : 'cannot be reached' },
            { name: 'Journal', value: journalFillText(journal) },
          ]}
        />
      </div>
    </SettingsSection>
  );
}
