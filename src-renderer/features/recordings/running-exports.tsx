import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { api } from '../../api/client.ts';
import { Callout } from '../../components/callout.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { formatClock } from '../../format/times.ts';
import { hrefTo } from '../../router.ts';
import { isActiveExport, useExportsStore } from '../../stores/exports-store.ts';
import { useZone } from '../../stores/settings-store.ts';
import { cancelExport } from '../exports/export-actions.ts';
import { exportRatio, exportWord, progressText, resultText } from '../exports/export-words.ts';
import styles from './detail-panel.module.css';

const SHOWN = 3;
/** A finished or failed export stays in sight for so long. */
const RECENT_MS = 120_000;

/** Exports under way and those that have just ended. */
export function RunningExports() {
  const all = useExportsStore((state) => state.exports);
  const nowMs = Date.now();
  const shown = all
    .filter(
      (job) =>
        isActiveExport(job.state) || (job.finishedAtMs !== null && nowMs - job.finishedAtMs < RECENT_MS),
    )
    .slice(0, SHOWN);
  if (shown.length === 0) return null;
  return (
    <section className={styles.running} aria-label="Running exports">
      <h2 className={styles.caption}>Exports</h2>
      <ul className={styles.jobs}>
        {shown.map((job) => (
          <Job key={job.id} job={job} />
        ))}
      </ul>
      {all.length > shown.length && (
        <a className={styles.link} href={hrefTo('exports')}>
          All exports
        </a>
      )}
    </section>
  );
}

function Job({ job }: { readonly job: ExportJob }) {
  const zone = useZone();
  const isActive = isActiveExport(job.state);
  const range = `${formatClock(job.startUs, zone, 'seconds')} to ${formatClock(job.endUs, zone, 'seconds')}`;
  return (
    <li className={styles.job} data-state={job.state}>
      <span className={styles.jobName}>
        {job.stream} · {range}
      </span>
      {isActive && <ProgressBar label={`Export of ${job.stream}`} ratio={exportRatio(job)} />}
      <div className={styles.jobLine}>
        <span className={styles.quiet}>{jobText(job)}</span>
        {isActive && (
          <button type="button" className={styles.link} onClick={() => void cancelExport(job)}>
            Cancel
          </button>
        )}
        {job.state === 'done' && (
          <a className={styles.link} href={api.url('getExportFile', { params: { id: job.id } })} download>
            Save a copy
          </a>
        )}
      </div>
      {job.state === 'failed' && <Callout tone="bad">{job.error ?? 'The export failed.'}</Callout>}
    </li>
  );
}

function jobText(job: ExportJob): string {
  if (job.state === 'done') return resultText(job);
  return isActiveExport(job.state) ? progressText(job) : exportWord(job.state);
}
