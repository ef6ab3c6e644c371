import { BellOff, CheckCheck } from 'lucide-react';
import { useDeferredValue } from 'react';
import { ALERT_KINDS, type Alert, type AlertKind } from '../../../src-shared/model/alert.ts';
import { type AlertMute, findMute } from '../../../src-shared/model/alert-mute.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { InlineSelect } from '../../components/inline-select.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { FilterField } from '../../components/text-field.tsx';
import { useNow } from '../../components/use-now.ts';
import { isOpen, useAlertsStore } from '../../stores/alerts-store.ts';
import { readAll } from '../../stores/live-sync.ts';
import { useZone } from '../../stores/settings-store.ts';
import { savedChoice, savedText, useSaved } from '../../stores/use-saved.ts';
import { OperatorOnly } from '../access/only.tsx';
import { acknowledgeAlerts } from './alert-actions.ts';
import { AlertRow } from './alert-row.tsx';
import {
  type AlertGroup,
  fitsAlertFilter,
  groupByObject,
  kindsOf,
  kindWord,
  objectHref,
  objectWord,
} from './alert-words.ts';
import styles from './alerts-view.module.css';
import { MuteList } from './mute-list.tsx';
import { useClosedAlerts } from './use-closed-alerts.ts';

type Shown = 'open' | 'muted' | 'closed';

const CHOICES = [
  { value: 'open', label: 'Open' },
  { value: 'muted', label: 'Muted' },
  { value: 'closed', label: 'Closed' },
] as const;

const readShown = savedChoice<Shown>(['open', 'muted', 'closed'], 'open');
const readKind = savedChoice<AlertKind | 'all'>(['all', ...ALERT_KINDS], 'all');

/** What went wrong, by object; taking note of it. */
export function AlertsView() {
  const { phase, problem, alerts, mutes } = useAlertsStore();
  const [shown, setShown] = useSaved('alerts-shown', readShown);
  const [filter, setFilter] = useSaved('alerts-filter', savedText);
  const [kind, setKind] = useSaved('alerts-kind', readKind);
  const closed = useClosedAlerts(shown === 'closed');
  const typed = useDeferredValue(filter);
  const zone = useZone();
  const nowMs = useNow(1000);
  const held = mutes.filter(({ endsAtMs }) => endsAtMs === null || endsAtMs > nowMs);
  const offered = alertsOf(shown, shown === 'closed' ? closed.alerts : alerts, held, nowMs);
  const kinds = kindsOf(offered);
  const wanted = kind !== 'all' && kinds.includes(kind) ? kind : 'all';
  const listed = offered.filter(
    (alert) => (wanted === 'all' || alert.kind === wanted) && fitsAlertFilter(alert, typed),
  );
  const unnoted = listed.filter((alert) => isOpen(alert) && alert.acknowledgedAtMs === null);
  const isLoading = shown === 'closed' ? closed.phase === 'loading' : phase === 'loading';
  const failure = shown === 'closed' ? closed.problem : phase === 'failed' ? problem : null;
  return (
    <div className={styles.view}>
      <TableToolbar>
        <Segmented label="Which alerts" value={shown} options={CHOICES} onChange={setShown} />
        <FilterField label="Filter alerts" className={styles.filter} value={filter} onChange={setFilter} />
        <InlineSelect
          label="Kind of alert"
          value={wanted}
          options={[
            { value: 'all', label: 'All kinds' },
            ...kinds.map((value) => ({ value, label: kindWord(value) })),
          ]}
          onChange={setKind}
        />
        <span className={styles.spacer} />
        {shown === 'open' && unnoted.length > 1 && (
          <OperatorOnly>
            <Button
              icon={<CheckCheck size={14} strokeWidth={1.75} aria-hidden />}
              onClick={() => void acknowledgeAlerts(unnoted)}
            >
              Acknowledge {unnoted.length} shown
            </Button>
          </OperatorOnly>
        )}
      </TableToolbar>
      <div className={styles.scroll}>
        {isLoading ? (
          <TableSkeleton label="Reading the alerts" />
        ) : failure !== null ? (
          <ErrorState title="The alerts cannot be read" message={failure} onRetry={() => void readAll()} />
        ) : (
          <>
            {shown === 'muted' && <MuteList mutes={held} zone={zone} />}
            <Groups
              alerts={listed}
              shown={shown}
              isFiltered={typed !== '' || wanted !== 'all'}
              onClear={() => {
                setFilter('');
                setKind('all');
              }}
              zone={zone}
              nowMs={nowMs}
            />
          </>
        )}
      </div>
    </div>
  );
}

/** Open ones that are not muted, open ones that are, or those that are over. */
function alertsOf(
  shown: Shown,
  alerts: readonly Alert[],
  mutes: readonly AlertMute[],
  nowMs: number,
): readonly Alert[] {
  if (shown === 'closed') return alerts;
  return alerts.filter(
    (alert) => isOpen(alert) && (findMute(alert, mutes, nowMs) !== null) === (shown === 'muted'),
  );
}

interface GroupsProps {
  readonly alerts: readonly Alert[];
  readonly shown: Shown;
  readonly isFiltered: boolean;
  readonly onClear: () => void;
  readonly zone: string;
  readonly nowMs: number;
}

function Groups({ alerts, shown, isFiltered, onClear, zone, nowMs }: GroupsProps) {
  if (alerts.length === 0) return <Nothing shown={shown} isFiltered={isFiltered} onClear={onClear} />;
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

function Nothing({ shown, isFiltered, onClear }: Pick<GroupsProps, 'shown' | 'isFiltered' | 'onClear'>) {
  if (isFiltered)
    return (
      <EmptyState
        title="No alert fits the filter"
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        The text is looked for in object and words.
      </EmptyState>
    );
  if (shown === 'muted') {
    return (
      <EmptyState title="No open alert is muted">
        What is known and expected can be muted from the list of open alerts, for a while or until you end it.
      </EmptyState>
    );
  }
  return shown === 'open' ? (
    <EmptyState title="Nothing is wrong" icon={<BellOff size={28} strokeWidth={1.5} aria-hidden />}>
      Nodes that go down, wrong clocks, stalled recordings, and trouble with database or storage appear here.
    </EmptyState>
  ) : (
    <EmptyState title="No closed alerts">Alerts that are over are kept here.</EmptyState>
  );
}
