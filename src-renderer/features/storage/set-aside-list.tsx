import { RotateCw, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { SetAsideReport } from '../../../src-shared/contract/set-aside-routes.ts';
import { api, errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { useZone } from '../../stores/settings-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { useReading } from '../../stores/use-reading.ts';
import { setAsideColumns } from './set-aside-columns.tsx';
import { SetAsideDialog } from './set-aside-dialog.tsx';
import styles from './set-aside-list.module.css';

const REFRESH_MS = 60_000;
const ICON = { size: 14, strokeWidth: 1.75, 'aria-hidden': true } as const;

/** Reports that this manager acknowledged and could not index: why, try again, give up. `count` as the status says. */
export function SetAsideList({ count }: { readonly count: number }) {
  const zone = useZone();
  const list = useReading(
    'set-aside',
    (signal) => api.call('listSetAside', { query: {}, signal }),
    REFRESH_MS,
    count,
  );
  const [isBusy, setBusy] = useState(false);
  const reports = list.value?.reports ?? [];

  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      showToast({ tone: 'bad', text: errorMessage(error) });
    }
    setBusy(false);
    list.reload();
  };
  const retry = (asked: readonly SetAsideReport[]) =>
    run(async () => {
      const { failed, indexed } = await api.call('retrySetAside', {
        body: { ids: asked.map(({ id }) => id) },
      });
      const done = `${formatCounted(indexed.length, 'report')} indexed`;
      if (failed.length === 0) showToast({ text: `${done}.` });
      else showToast({ tone: 'bad', text: `${done}, ${failed.length} refused again: ${failed[0]?.reason}` });
    });
  const discard = (asked: readonly SetAsideReport[]) =>
    run(async () => {
      const body = { ids: asked.map(({ id }) => id) };
      const { discardedCount } = await api.call('discardSetAside', { body });
      showToast({ text: `${formatCounted(discardedCount, 'report')} discarded.` });
    });
  const askToDiscard = (asked: readonly SetAsideReport[]): void =>
    showDialog((onClose) => (
      <SetAsideDialog reports={asked} zone={zone} onDiscard={() => void discard(asked)} onClose={onClose} />
    ));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the actions work on what they are given.
  const columns = useMemo(
    () =>
      setAsideColumns(zone, (report) => (
        <>
          <Button
            tone="plain"
            icon={<RotateCw {...ICON} />}
            disabled={isBusy}
            onClick={() => void retry([report])}
          >
            Try again
          </Button>
          <Button
            tone="plain"
            icon={<Trash2 {...ICON} />}
            disabled={isBusy}
            onClick={() => askToDiscard([report])}
          >
            Discard
          </Button>
        </>
      )),
    [zone, isBusy],
  );

  return (
    <section className={styles.list} aria-label="Reports that were set aside">
      <header className={styles.head}>
        <h2 className={styles.title}>Reports that were set aside</h2>
        <span className={styles.hint}>
          {`${formatCounted(count, 'report')} acknowledged by this manager, refused by the database`}
        </span>
        {reports.length > 1 && (
          <>
            <Button icon={<RotateCw {...ICON} />} disabled={isBusy} onClick={() => void retry(reports)}>
              {`Try ${reports.length} again`}
            </Button>
            <Button icon={<Trash2 {...ICON} />} disabled={isBusy} onClick={() => askToDiscard(reports)}>
              {`Discard ${reports.length}`}
            </Button>
          </>
        )}
      </header>
      {!list.value && list.problem && (
        <ErrorState title="The reports cannot be read" message={list.problem} onRetry={list.reload} />
      )}
      {!list.value && !list.problem && <TableSkeleton label="Reading the reports" />}
      {list.value && (
        <DataTable
          label="Reports that were set aside"
          rows={reports}
          columns={columns}
          keyOf={({ id }) => id}
          selectedKey={null}
          onSelect={() => {}}
          sort={{ column: '', isDescending: false }}
          onSort={() => {}}
          empty={null}
        />
      )}
    </section>
  );
}
