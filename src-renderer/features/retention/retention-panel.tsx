import { useState } from 'react';
import type { RetentionState, StorageForecast } from '../../../src-shared/model/retention.ts';
import { api, errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatBytes, formatCounted } from '../../format/numbers.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { PreviewTable } from './preview-table.tsx';
import { RemoveNowDialog } from './remove-now-dialog.tsx';
import styles from './retention-panel.module.css';
import { amountText, daysText } from './retention-words.ts';
import { draftsOf, firstProblem, isChanged, type RuleDraft, toInputs } from './rule-draft.ts';
import { RuleTable } from './rule-table.tsx';
import { RunList } from './run-list.tsx';
import { type LoadedRetention, useRetention } from './use-retention.ts';
import { useRetentionPreview } from './use-retention-preview.ts';

/** How long recordings are kept: rules, what they would remove, what was removed, when room ends. */
export function RetentionPanel() {
  const loaded = useRetention();
  const { problem, reload, state } = loaded;
  if (state) return <LoadedPanel loaded={loaded} state={state} />;
  if (problem !== null) {
    return <ErrorState title="Retention cannot be shown" message={problem} onRetry={reload} />;
  }
  return (
    <div className={styles.panel} aria-busy>
      <Skeleton width="100%" height={56} />
      <Skeleton width="100%" height={160} />
    </div>
  );
}

interface LoadedPanelProps {
  readonly loaded: LoadedRetention;
  readonly state: RetentionState;
}

function LoadedPanel({ loaded, state }: LoadedPanelProps) {
  const [drafts, setDrafts] = useState<readonly RuleDraft[]>(() => draftsOf(state.rules));
  const [base, setBase] = useState(state.rules);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const isDirty = isChanged(drafts, base);
  // Somebody else saved: take it over, unless something is being written here.
  if (!isDirty && isChanged(drafts, state.rules)) {
    setBase(state.rules);
    setDrafts(draftsOf(state.rules));
  }
  const inputs = toInputs(drafts);
  const fault = firstProblem(drafts, state.rules.filter(({ source }) => source === 'file').length + 1);
  const save = async () => {
    if (!inputs) return;
    setIsBusy(true);
    setProblem(null);
    try {
      const { rules } = await api.call('setRetentionRules', { body: { rules: inputs } });
      setBase(rules);
      setDrafts(draftsOf(rules));
      loaded.reload();
      showToast({ text: 'Rules saved. They are applied with the next removal.' });
    } catch (error) {
      setProblem(errorMessage(error));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <div className={styles.panel}>
      {loaded.problem && <Callout tone="warn">{loaded.problem}</Callout>}
      <Forecast forecast={state.forecast} />
      <section aria-label="Rules">
        <h2 className={styles.caption}>Rules</h2>
        <RuleTable state={state} drafts={drafts} isSaved={!isDirty} onChange={setDrafts} />
        {isDirty && (
          <div className={styles.save}>
            <span className={styles.unsaved}>{fault ?? 'Not saved'}</span>
            <Button disabled={isBusy} onClick={() => setDrafts(draftsOf(base))}>
              Discard
            </Button>
            <Button tone="primary" disabled={isBusy || !inputs} onClick={() => void save()}>
              Save rules
            </Button>
          </div>
        )}
        {problem && <Callout tone="bad">{problem}</Callout>}
      </section>
      <PreviewSection state={state} isDirty={isDirty} drafts={drafts} />
      <section aria-label="Removals">
        <h2 className={styles.caption}>Removals</h2>
        <RunList state={state} />
      </section>
    </div>
  );
}

interface PreviewSectionProps {
  readonly state: RetentionState;
  readonly isDirty: boolean;
  readonly drafts: readonly RuleDraft[];
}

function PreviewSection({ drafts, isDirty, state }: PreviewSectionProps) {
  const [run] = state.runs;
  const inputs = toInputs(drafts);
  const version = `${run?.id}/${run?.state}/${JSON.stringify(state.rules.map(({ id }) => id))}`;
  const { isStale, preview, problem } = useRetentionPreview(
    isDirty ? inputs : null,
    version.replaceAll(' ', ''),
  );
  const isUnreadable = isDirty && inputs === null;
  const canRemove =
    preview !== null && preview.segments > 0 && !isStale && !isDirty && run?.state !== 'running';
  return (
    <section aria-label="What would go">
      <header className={styles.head}>
        <div>
          <h2 className={styles.caption}>
            {isDirty ? 'What would go with these rules' : 'What would go now'}
          </h2>
          <p className={styles.sum} aria-live="polite">
            {isUnreadable ? 'Complete the rules to see what they would remove.' : sumText(preview, isStale)}
          </p>
        </div>
        <Button
          tone="danger"
          disabled={!canRemove}
          onClick={() =>
            preview && showDialog((onClose) => <RemoveNowDialog preview={preview} onClose={onClose} />)
          }
        >
          Remove now
        </Button>
      </header>
      {problem && <Callout tone="bad">{problem}</Callout>}
      {preview && !isUnreadable && (
        <div data-stale={isStale || undefined} className={styles.preview}>
          <PreviewTable preview={preview} />
        </div>
      )}
    </section>
  );
}

function sumText(
  preview: { segments: number; bytes: number; streams: readonly unknown[] } | null,
  isStale: boolean,
) {
  if (!preview) return 'Counting…';
  const more = isStale ? ' Counting anew…' : '';
  if (preview.segments === 0) return `Nothing.${more}`;
  return `${amountText(preview)} of ${formatCounted(preview.streams.length, 'stream')}.${more}`;
}

function Forecast({ forecast }: { readonly forecast: StorageForecast }) {
  const { freeBytes, fullInDays, growthBytesPerDay, storages, text } = forecast;
  const isSoon = fullInDays !== null && fullInDays < 7;
  return (
    <div className={styles.forecast} data-soon={isSoon || undefined}>
      <dl>
        <div>
          <dt>Recorded per day</dt>
          <dd>{formatBytes(growthBytesPerDay)}</dd>
        </div>
        <div>
          <dt>Free</dt>
          <dd>{freeBytes === null ? 'no limit known' : formatBytes(freeBytes)}</dd>
        </div>
        <div>
          <dt>Full in</dt>
          <dd>{daysText(fullInDays)}</dd>
        </div>
      </dl>
      <p>{text}</p>
      {storages.length > 1 && <StorageOutlooks storages={storages} />}
    </div>
  );
}

/** The storage that is full first, and the others. */
function StorageOutlooks({ storages }: Pick<StorageForecast, 'storages'>) {
  const status = useClusterStore((state) => state.status);
  const states = status ? [status.storage, ...status.otherStorages] : [];
  const problemOf = (name: string) => states.find((state) => state.name === name)?.problem ?? null;
  return (
    <table className={styles.storages} aria-label="When storages are full">
      <thead>
        <tr>
          <th scope="col">Storage</th>
          <th scope="col">Free</th>
          <th scope="col">Recorded per day</th>
          <th scope="col">Full in</th>
        </tr>
      </thead>
      <tbody>
        {storages.map(({ name, ...storage }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <FreeCell freeBytes={storage.freeBytes} problem={problemOf(name)} />
            <td>{formatBytes(storage.growthBytesPerDay)}</td>
            <td>{daysText(storage.fullInDays)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function FreeCell({ freeBytes, problem }: { freeBytes: number | null; problem: string | null }) {
  if (problem === null) return <td>{freeBytes === null ? 'no limit known' : formatBytes(freeBytes)}</td>;
  return (
    <td title={problem}>
      <span className={styles.away}>
        <StateDot tone="bad" />
        cannot be used
      </span>
    </td>
  );
}
