import { ChevronDown, Download, RefreshCw } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import type { AuditEntry, AuditOutcome } from '../../../src-shared/model/audit-entry.ts';
import { MS_PER_DAY, MS_PER_HOUR } from '../../../src-shared/util/units.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { InlineSelect } from '../../components/inline-select.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { ResizablePanel } from '../../components/resizable-panel.tsx';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { FilterField } from '../../components/text-field.tsx';
import { useIsAdmin } from '../../stores/rights.ts';
import { setPanelSize, useSettingsStore, useZone } from '../../stores/settings-store.ts';
import { savedChoice, savedText, useSaved } from '../../stores/use-saved.ts';
import { AdminState } from '../access/admin-state.tsx';
import { auditColumns } from './audit-columns.tsx';
import { AuditDetails } from './audit-details.tsx';
import { type AuditQuery, useAuditSearch } from './audit-search.ts';
import styles from './audit-view.module.css';
import { AUDIT_ACTIONS, actionWords } from './audit-words.ts';
import { EmptyAudit } from './empty-audit.tsx';

const PANEL = 'audit-details';
const PANEL_DEFAULT_PX = 320;
const SPANS = [
  { value: 'hour', label: 'Last hour', ms: MS_PER_HOUR },
  { value: 'day', label: 'Last day', ms: MS_PER_DAY },
  { value: 'week', label: 'Last 7 days', ms: 7 * MS_PER_DAY },
  { value: 'month', label: 'Last 30 days', ms: 30 * MS_PER_DAY },
  { value: 'all', label: 'Any time', ms: null },
] as const;
type Span = (typeof SPANS)[number]['value'];

const OUTCOMES = [
  { value: 'any', label: 'Any outcome' },
  { value: 'ok', label: 'Done' },
  { value: 'refused', label: 'Refused' },
  { value: 'failed', label: 'Failed' },
] as const satisfies readonly { value: AuditOutcome | 'any'; label: string }[];
type OutcomeChoice = (typeof OUTCOMES)[number]['value'];

const ACTIONS = [
  { value: 'any', label: 'Any action' },
  ...AUDIT_ACTIONS.map((value) => ({ value, label: actionWords(value) })),
];

const readAction = savedChoice(
  ACTIONS.map(({ value }) => value),
  'any',
);
const readOutcome = savedChoice<OutcomeChoice>(['any', 'ok', 'refused', 'failed'], 'any');
const readSpan = savedChoice<Span>(['hour', 'day', 'week', 'month', 'all'], 'week');

/** Who did what, from where, and what came of it. */
export function AuditView() {
  const isAdmin = useIsAdmin();
  if (isAdmin) return <AuditTable />;
  return (
    <div className={styles.view}>
      <AdminState what="the audit log" />
    </div>
  );
}

function AuditTable() {
  const zone = useZone();
  const panelPx = useSettingsStore((state) => state.panelSizes[PANEL] ?? PANEL_DEFAULT_PX);
  const [text, setText] = useSaved('audit-text', savedText);
  const [action, setAction] = useSaved('audit-action', readAction);
  const [outcome, setOutcome] = useSaved('audit-outcome', readOutcome);
  const [span, setSpan] = useSaved('audit-span', readSpan);
  const [selectedId, setSelectedId] = useState<string | null>(null);
  const typed = useDeferredValue(text.trim());
  const query = useMemo<AuditQuery>(() => {
    const ms = SPANS.find(({ value }) => value === span)?.ms ?? null;
    return {
      ...(typed === '' ? {} : { text: typed }),
      ...(action === 'any' ? {} : { action }),
      ...(outcome === 'any' ? {} : { outcome }),
      ...(ms === null ? {} : { from_ms: Date.now() - ms }),
    };
  }, [typed, action, outcome, span]);
  const isFiltered = typed !== '' || action !== 'any' || outcome !== 'any';
  const clear = () => {
    setText('');
    setAction('any');
    setOutcome('any');
  };
  const list = useAuditSearch(query);
  const columns = useMemo(() => auditColumns(zone), [zone]);
  const selected = list.entries.find(({ id }) => id === selectedId) ?? null;
  return (
    <div className={styles.view}>
      <TableToolbar>
        <FilterField
          label="Filter by person, object or address"
          className={styles.filter}
          value={text}
          onChange={setText}
        />
        <InlineSelect label="Action" value={action} options={ACTIONS} onChange={setAction} />
        <InlineSelect label="Outcome" value={outcome} options={OUTCOMES} onChange={setOutcome} />
        <InlineSelect label="When" value={span} options={SPANS} neutral="week" onChange={setSpan} />
        <span className={styles.spacer} />
        <IconButton label="Read again" onClick={list.reload}>
          <RefreshCw size={16} strokeWidth={1.75} aria-hidden />
        </IconButton>
        <ExportMenu query={query} />
      </TableToolbar>
      <div className={styles.body}>
        {list.phase === 'loading' ? (
          <TableSkeleton label="Reading the audit log" />
        ) : list.phase === 'failed' ? (
          <ErrorState
            title="The audit log cannot be read"
            message={list.problem ?? ''}
            onRetry={list.reload}
          />
        ) : (
          <DataTable<AuditEntry>
            label="Audit log"
            rows={list.entries}
            columns={columns}
            keyOf={keyOf}
            selectedKey={selectedId}
            onSelect={setSelectedId}
            sort={{ column: 'at', isDescending: true }}
            onSort={() => {}}
            onNearEnd={list.readMore}
            empty={
              <EmptyAudit
                isFiltered={isFiltered}
                isAllTime={span === 'all'}
                onClear={clear}
                onAllTime={() => setSpan('all')}
              />
            }
          />
        )}
        {selected && (
          <ResizablePanel
            label="Details of the entry"
            side="right"
            sizePx={panelPx}
            minPx={280}
            maxPx={560}
            onResize={(px) => setPanelSize(PANEL, px)}
          >
            <AuditDetails entry={selected} zone={zone} onClose={() => setSelectedId(null)} />
          </ResizablePanel>
        )}
      </div>
    </div>
  );
}

const keyOf = ({ id }: AuditEntry) => id;

/** All that fits the filter, as a file. */
function ExportMenu({ query }: { readonly query: AuditQuery }) {
  const save = (format: 'csv' | 'jsonl') => {
    const link = document.createElement('a');
    link.href = api.url('exportAudit', { query: { ...query, format } });
    link.download = `liveman-audit.${format}`;
    link.click();
  };
  return (
    <Menu
      label="Save the entries"
      trigger={
        <Button icon={<Download size={14} strokeWidth={1.75} aria-hidden />}>
          Save
          <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
        </Button>
      }
    >
      <MenuItem onSelect={() => save('csv')}>As CSV, for a spreadsheet</MenuItem>
      <MenuItem onSelect={() => save('jsonl')}>As lines of JSON</MenuItem>
    </Menu>
  );
}
