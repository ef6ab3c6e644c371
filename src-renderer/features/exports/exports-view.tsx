import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { SectionTitle } from '../../components/section-title.tsx';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { navigate } from '../../router.ts';
import { isActiveExport, useExportsStore } from '../../stores/exports-store.ts';
import { readAll } from '../../stores/live-sync.ts';
import { useZone } from '../../stores/settings-store.ts';
import { ExportRow } from './export-row.tsx';
import styles from './exports-view.module.css';

/** Clips being written and clips that were. */
export function ExportsView() {
  const { phase, problem, exports } = useExportsStore();
  const zone = useZone();
  if (phase === 'loading') {
    return (
      <div className={styles.view}>
        <TableSkeleton label="Reading the exports" />
      </div>
    );
  }
  if (phase === 'failed') {
    return (
      <div className={styles.view}>
        <ErrorState
          title="The exports cannot be read"
          message={problem ?? ''}
          onRetry={() => void readAll()}
        />
      </div>
    );
  }
  if (exports.length === 0) {
    return (
      <div className={styles.view}>
        <EmptyState
          title="No exports yet"
          action={<Button onClick={() => navigate('recordings')}>Go to Recordings</Button>}
        >
          Select a span on the timeline of a recording, then export it: the clip is written without encoding
          it again and appears here.
        </EmptyState>
      </div>
    );
  }
  return (
    <div className={styles.view}>
      <Group title="Running" jobs={exports.filter((job) => isActiveExport(job.state))} zone={zone} />
      <Group title="Finished" jobs={exports.filter((job) => !isActiveExport(job.state))} zone={zone} />
    </div>
  );
}

interface GroupProps {
  readonly title: string;
  readonly jobs: readonly ExportJob[];
  readonly zone: string;
}

function Group({ title, jobs, zone }: GroupProps) {
  if (jobs.length === 0) return null;
  return (
    <section aria-label={title}>
      <div className={styles.heading}>
        <SectionTitle level={2}>
          {title} · {jobs.length}
        </SectionTitle>
      </div>
      <ul className={styles.list}>
        {jobs.map((job) => (
          <ExportRow key={job.id} job={job} zone={zone} />
        ))}
      </ul>
    </section>
  );
}
