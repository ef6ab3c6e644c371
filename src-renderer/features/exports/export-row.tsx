import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { Callout } from '../../components/callout.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { hrefTo } from '../../router.ts';
import { isActiveExport } from '../../stores/exports-store.ts';
import { ExportButtons } from './export-buttons.tsx';
import styles from './export-row.module.css';
import { exportRatio, exportTone, exportWord, progressText, rangeText, resultText } from './export-words.ts';

export interface ExportRowProps {
  readonly job: ExportJob;
  readonly zone: string;
}

/** One export: what it is, how far it is, and what can be done. */
export function ExportRow({ job, zone }: ExportRowProps) {
  const isActive = isActiveExport(job.state);
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <a className={styles.stream} href={hrefTo('recordings', { stream: job.stream, at: job.startUs })}>
          {job.stream}
        </a>
        <span className={styles.quiet}>{rangeText(job, zone)}</span>
        {job.fileName && (
          <span className={styles.file} title={job.folder ?? undefined}>
            {job.fileName}
          </span>
        )}
      </div>
      <div className={styles.how}>
        <span className={styles.state}>
          <StateDot tone={exportTone(job.state)} />
          {exportWord(job.state)}
        </span>
        <span className={styles.progress}>
          {isActive && <ProgressBar label={`Export of ${job.stream}`} ratio={exportRatio(job)} />}
          <span className={styles.quiet}>{isActive ? progressText(job) : outcomeText(job)}</span>
        </span>
      </div>
      <ExportButtons job={job} />
      {job.state === 'failed' && job.error && (
        <div className={styles.problem}>
          <Callout tone="bad">{job.error}</Callout>
        </div>
      )}
    </li>
  );
}

function outcomeText(job: ExportJob): string {
  if (job.state === 'done') return resultText(job);
  return job.state === 'cancelled' ? 'nothing was kept' : 'no file was made';
}
