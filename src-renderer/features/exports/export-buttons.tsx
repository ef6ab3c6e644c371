import { Download, FolderOpen, RotateCcw, X } from 'lucide-react';
import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { api } from '../../api/client.ts';
import { desktop } from '../../api/desktop.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { isActiveExport } from '../../stores/exports-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import { cancelExport, removeExport, retryExport, showExportInFolder } from './export-actions.ts';
import styles from './export-buttons.module.css';

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const;

/** What can be done with an export in its state. The width is kept, so that nothing moves as it changes. */
export function ExportButtons({ job }: { readonly job: ExportJob }) {
  return (
    <div className={styles.buttons}>
      {job.state === 'done' && job.host === null && <ResultButton job={job} />}
      <OperatorOnly>
        {(job.state === 'failed' || job.state === 'cancelled') && (
          <Button icon={<RotateCcw {...ICON} />} onClick={() => void retryExport(job)}>
            Start again
          </Button>
        )}
        {isActiveExport(job.state) ? (
          <Button tone="danger" onClick={() => void cancelExport(job)}>
            Cancel
          </Button>
        ) : (
          <IconButton label={`Remove ${job.stream} from the list`} onClick={() => removeExport(job)}>
            <X {...ICON} />
          </IconButton>
        )}
      </OperatorOnly>
    </div>
  );
}

function ResultButton({ job }: { readonly job: ExportJob }) {
  const { folder, fileName } = job;
  if (desktop && folder && fileName) {
    return (
      <Button icon={<FolderOpen {...ICON} />} onClick={() => void showExportInFolder(folder, fileName)}>
        Open folder
      </Button>
    );
  }
  return (
    <a
      className={styles.download}
      href={api.url('getExportFile', { params: { id: job.id } })}
      download={fileName ?? `${job.stream}.mp4`}
    >
      <Download {...ICON} />
      Download
    </a>
  );
}
