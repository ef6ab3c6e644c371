import { ShieldCheck, Square, Wrench } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { FINDING_KINDS, type IntegrityFinding } from '../../../src-shared/model/integrity.ts';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { InlineSelect } from '../../components/inline-select.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { ResizablePanel } from '../../components/resizable-panel.tsx';
import pane from '../../components/table-pane.module.css';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { formatCount } from '../../format/numbers.ts';
import { formatDateTime } from '../../format/times.ts';
import { replaceQuery, useRoute } from '../../router.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { type IntegrityState, useIntegrityStore } from '../../stores/integrity-store.ts';
import { setPanelSize, useSettingsStore, useZone } from '../../stores/settings-store.ts';
import { findingColumns } from './finding-columns.tsx';
import { FindingDetails } from './finding-details.tsx';
import { KIND_WORDS, parseKind, runRatio, runWords } from './finding-words.ts';
import { ForgetDialog } from './forget-dialog.tsx';
import { cancelCheck, repairFindings, startCheck } from './integrity-actions.ts';
import styles from './integrity-panel.module.css';
import { useFindings } from './use-findings.ts';

const ICON = { size: 14, strokeWidth: 1.75, 'aria-hidden': true } as const;
const PANEL = 'finding-details';
const PANEL_DEFAULT_PX = 340;
const SHOW = 'integrity';

/** Where the index and the storages differ: the last check, its findings, and their repairs. */
export function IntegrityPanel({ children }: { readonly children?: ReactNode }) {
  const query = useRoute()?.query ?? new URLSearchParams();
  const zone = useZone();
  const { nextAtMs, open, run } = useIntegrityStore();
  const panelPx = useSettingsStore((state) => state.panelSizes[PANEL] ?? PANEL_DEFAULT_PX);
  const kind = parseKind(query.get('kind'));
  const list = useFindings(kind);
  const columns = useMemo(() => findingColumns(zone), [zone]);
  const [busyIds, setBusyIds] = useState<ReadonlySet<number>>(new Set());
  const [isDeep, setDeep] = useState(false);
  const selected = list.findings?.find(({ id }) => String(id) === query.get('finding')) ?? null;
  const isRunning = run?.state === 'running';
  const harmless = list.findings?.filter(({ repair }) => repair !== null && repair !== 'forget') ?? [];

  const select = (id: string | undefined): void =>
    replaceQuery({ show: SHOW, kind: kind ?? undefined, finding: id });
  const repair = async (findings: readonly IntegrityFinding[]): Promise<void> => {
    setBusyIds(new Set(findings.map(({ id }) => id)));
    await repairFindings(findings);
    setBusyIds(new Set());
    list.reload();
  };

  const askToForget = (finding: IntegrityFinding): void =>
    showDialog((onClose) => (
      <ForgetDialog finding={finding} zone={zone} onForget={() => void repair([finding])} onClose={onClose} />
    ));

  return (
    <section className={pane.pane} aria-label="Integrity">
      <TableToolbar>
        {children}
        <InlineSelect
          label="Kind"
          value={kind ?? ''}
          options={kindOptions(open)}
          onChange={(next) => replaceQuery({ show: SHOW, kind: next || undefined })}
        />
        <span className={styles.run} role="status" title={run ? runWords(run) : undefined}>
          {run ? runWords(run) : 'Never checked'}
          {run?.finishedAtMs && (
            <span
              className={styles.date}
            >{`· ${formatDateTime(run.finishedAtMs * 1000, zone, 'minutes')}`}</span>
          )}
          {nextAtMs !== null && !isRunning && (
            <span
              className={styles.date}
            >{`· next ${formatDateTime(nextAtMs * 1000, zone, 'minutes')}`}</span>
          )}
        </span>
        {harmless.length > 0 && !isRunning && (
          <Button
            icon={<Wrench {...ICON} />}
            disabled={busyIds.size > 0}
            onClick={() => void repair(harmless)}
          >
            Repair {formatCount(harmless.length)} shown
          </Button>
        )}
        {isRunning ? (
          <Button icon={<Square {...ICON} />} onClick={() => void cancelCheck()}>
            Cancel
          </Button>
        ) : (
          <>
            <Checkbox label="Read every file" isChecked={isDeep} onChange={setDeep} />
            <Button tone="primary" icon={<ShieldCheck {...ICON} />} onClick={() => void startCheck(isDeep)}>
              Check now
            </Button>
          </>
        )}
      </TableToolbar>
      <div className={styles.progress}>
        {isRunning && <ProgressBar label="Check of the index" ratio={runRatio(run)} />}
      </div>
      {!list.findings && list.problem && (
        <ErrorState title="The findings cannot be read" message={list.problem} onRetry={list.reload} />
      )}
      {!list.findings && !list.problem && <TableSkeleton label="Reading the findings" />}
      {list.findings && (
        <div className={pane.columns}>
          <div className={pane.table}>
            <DataTable
              label="Findings"
              rows={list.findings}
              columns={columns}
              keyOf={({ id }) => String(id)}
              selectedKey={selected ? String(selected.id) : null}
              onSelect={select}
              sort={{ column: '', isDescending: false }}
              onSort={() => {}}
              onNearEnd={list.loadMore}
              empty={
                <Nothing isChecked={run?.state === 'done'} isRunning={isRunning} hasKind={kind !== null} />
              }
            />
            {list.problem && <p className={pane.stale}>{list.problem}</p>}
          </div>
          {selected && (
            <ResizablePanel
              label="Finding"
              side="right"
              sizePx={panelPx}
              minPx={280}
              maxPx={560}
              onResize={(px) => setPanelSize(PANEL, px)}
            >
              <FindingDetails
                key={selected.id}
                finding={selected}
                zone={zone}
                isBusy={busyIds.has(selected.id)}
                onRepair={() =>
                  selected.repair === 'forget' ? askToForget(selected) : void repair([selected])
                }
                onClose={() => select(undefined)}
              />
            </ResizablePanel>
          )}
        </div>
      )}
    </section>
  );
}

function kindOptions(open: IntegrityState['open']) {
  const countOf = (kind: string) => open?.find((each) => each.kind === kind)?.count ?? 0;
  const all = open?.reduce((sum, { count }) => sum + count, 0) ?? 0;
  const kinds = FINDING_KINDS.filter((kind) => countOf(kind) > 0);
  return [
    { value: '', label: `All findings (${formatCount(all)})` },
    ...kinds.map((kind) => ({
      value: kind as string,
      label: `${KIND_WORDS[kind]} (${formatCount(countOf(kind))})`,
    })),
  ];
}

interface NothingProps {
  readonly isChecked: boolean;
  readonly isRunning: boolean;
  readonly hasKind: boolean;
}

function Nothing({ hasKind, isChecked, isRunning }: NothingProps) {
  if (hasKind) {
    return (
      <EmptyState
        title="None of this kind"
        action={<Button onClick={() => replaceQuery({ show: SHOW })}>Show all findings</Button>}
      />
    );
  }
  if (isRunning) return <EmptyState title="Nothing found so far" />;
  const icon = <ShieldCheck size={28} strokeWidth={1.5} aria-hidden />;
  if (isChecked) {
    return (
      <EmptyState title="Index and storage agree" icon={icon}>
        Every row has its file, every segment file its row, and the totals are right.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Not checked yet" icon={icon}>
      A check finds rows without files, files without rows, wrong sizes, gaps and overlaps; where it reads
      every file, which takes longer, also files that are unreadable. It changes nothing by itself.
    </EmptyState>
  );
}
