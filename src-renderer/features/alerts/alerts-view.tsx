import { BellOff, CheckCheck } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { FilterField } from '../../components/text-field.tsx';
import { useNow } from '../../components/use-now.ts';
import { isOpen, useAlertsStore } from '../../stores/alerts-store.ts';
import { readAll } from '../../stores/live-sync.ts';
import { useZone } from '../../stores/settings-store.ts';
import { acknowledgeAlerts } from './alert-actions.ts';
import { AlertRow } from './alert-row.tsx';
import { type AlertGroup, fitsAlertFilter, groupByObject, objectHref, objectWord } from './alert-words.ts';
import styles from './alerts-view.module.css';
import { useClosedAlerts } from './use-closed-alerts.ts';

type Shown = 'open' | 'closed';

const CHOICES = [
  { value: 'open', label: 'Open' },
  { value: 'closed', label: 'Closed' },
] as const;

/** What went wrong, by object; taking note of it. */
export function AlertsView() {
  const { phase, problem, alerts } = useAlertsStore();
  const [shown, setShown] = useState<Shown>('open');
  const [filter, setFilter] = useState('');
  const closed = useClosedAlerts(shown === 'closed');
  const typed = useDeferredValue(filter);
  const listed = (shown === 'open' ? alerts.filter(isOpen) : closed.alerts).filter((alert) =>
    fitsAlertFilter(alert, typed),
  );
  const unnoted = listed.filter((alert) => isOpen(alert) && alert.acknowledgedAtMs === null);
  const isLoading = shown === 'open' ? phase === 'loading' : closed.phase === 'loading';
  const failure = shown === 'open' ? (phase === 'failed' ? problem : null) : closed.problem;
  return (
    <div className={styles.view}>
      <TableToolbar>
        <Segmented label="Which alerts" value={shown} options={CHOICES} onChange={setShown} />
        <FilterField label="Filter alerts" className={styles.filter} value={filter} onChange={setFilter} />
        <span className={styles.spacer} />
        {shown === 'open' && unnoted.length > 1 && (
          <Button
            icon={<CheckCheck size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() => void acknowledgeAlerts(unnoted)}
          >
            Acknowledge {unnoted.length} shown
          </Button>
        )}
      </TableToolbar>
      <div className={styles.scroll}>
        {isLoading ? (
          <TableSkeleton label="Reading the alerts" />
        ) : failure !== null ? (
          <ErrorState title="The alerts cannot be read" message={failure} onRetry={() => void readAll()} />
        ) : (
          <Groups alerts={listed} shown={shown} isFiltered={typed !== ''} />
        )}
      </div>
    </div>
  );
}

interface GroupsProps {
  readonly alerts: readonly Alert[];
  readonly shown: Shown;
  readonly isFiltered: boolean;
}

function Groups({ alerts, shown, isFiltered }: GroupsProps) {
  const zone = useZone();
  const nowMs = useNow(1000);
  if (alerts.length === 0) return <Nothing shown={shown} isFiltered={isFiltered} />;
  return groupByObject(alerts).map((group) => (
    <section key={`${group.object.kind} ${group.object.name}`} className={styles.group}>
      <GroupTitle group={group} />
      <ul>
        {group.alerts.map((alert) => (
          <AlertRow key={alert.id} alert={alert} zone={zone} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  ));
}

function GroupTitle({ group }: { readonly group: AlertGroup }) {
  const { kind, name } = group.object;
  const href = objectHref(group.object);
  return (
    <h2 className={styles.object}>
      <span className={styles.objectKind}>{objectWord(kind)}</span>
      {href ? <a href={href}>{name}</a> : <span>{name}</span>}
    </h2>
  );
}

function Nothing({ shown, isFiltered }: Omit<GroupsProps, 'alerts'>) {
  if (isFiltered)
    return <EmptyState title="No alert fits the filter">It looks at object and words.</EmptyState>;
  return shown === 'open' ? (
    <EmptyState title="Nothing is wrong" icon={<BellOff size={28} strokeWidth={1.5} aria-hidden />}>
      Nodes that go down, wrong clocks, stalled recordings, and trouble with database or storage appear here.
    </EmptyState>
  ) : (
    <EmptyState title="No closed alerts">Alerts that are over are kept here.</EmptyState>
  );
}
