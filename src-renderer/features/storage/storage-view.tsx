import { useMemo } from 'react';
import { Segmented } from '../../components/segmented.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { replaceQuery, useRoute } from '../../router.ts';
import { useAlertsStore } from '../../stores/alerts-store.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { useIsAdmin } from '../../stores/rights.ts';
import { savedChoice, useSaved } from '../../stores/use-saved.ts';
import { AdminState } from '../access/admin-state.tsx';
import { IntegrityPanel } from '../integrity/integrity-panel.tsx';
import { IngestPane } from './ingest-pane.tsx';
import { RecordingsPane } from './recordings-pane.tsx';
import { RetentionPane } from './retention-pane.tsx';
import { StorageProblems } from './storage-problems.tsx';
import { StorageTiles } from './storage-tiles.tsx';
import styles from './storage-view.module.css';
import { UsagePane } from './usage-pane.tsx';
import { SPAN_DAYS, type SpanDays, useUsage } from './use-usage.ts';

const TABS = [
  { value: 'sizes', label: 'Sizes' },
  { value: 'recordings', label: 'Recordings' },
  { value: 'ingest', label: 'Ingest' },
  { value: 'retention', label: 'Retention' },
  { value: 'integrity', label: 'Integrity' },
] as const;
/** What only administrators see, in words. */
const ADMIN_TABS = {
  retention: 'the rules of retention',
  integrity: 'what checks of the storage found',
} as const;
type Tab = (typeof TABS)[number]['value'];

const readDays = savedChoice<SpanDays>(SPAN_DAYS, SPAN_DAYS[1]);

/** What is stored, how it comes in, what is wrong with it. */
export function StorageView() {
  const query = useRoute()?.query;
  const status = useClusterStore((state) => state.status);
  const alerts = useAlertsStore((state) => state.alerts);
  const [days, setDays] = useSaved('storage-days', readDays);
  const usage = useUsage(days);
  const isAdmin = useIsAdmin();
  const tab: Tab = TABS.find(({ value }) => value === query?.get('show'))?.value ?? 'sizes';
  const tabs = useMemo(
    () => (
      <Segmented
        label="What of the storage"
        value={tab}
        options={isAdmin ? TABS : TABS.filter(({ value }) => value === tab || !(value in ADMIN_TABS))}
        onChange={(next) => replaceQuery({ show: next })}
      />
    ),
    [tab, isAdmin],
  );
  if (!isAdmin && tab in ADMIN_TABS) {
    return (
      <div className={styles.view}>
        <StorageTiles status={status} usage={usage} />
        <TableToolbar>{tabs}</TableToolbar>
        <AdminState what={ADMIN_TABS[tab as keyof typeof ADMIN_TABS]} />
      </div>
    );
  }
  return (
    <div className={styles.view}>
      <StorageTiles status={status} usage={usage} />
      <StorageProblems alerts={alerts} />
      {tab === 'sizes' && (
        <UsagePane usage={usage} days={days} onDays={setDays}>
          {tabs}
        </UsagePane>
      )}
      {tab === 'recordings' && <RecordingsPane>{tabs}</RecordingsPane>}
      {tab === 'ingest' && <IngestPane>{tabs}</IngestPane>}
      {tab === 'retention' && <RetentionPane>{tabs}</RetentionPane>}
      {tab === 'integrity' && <IntegrityPanel>{tabs}</IntegrityPanel>}
    </div>
  );
}
