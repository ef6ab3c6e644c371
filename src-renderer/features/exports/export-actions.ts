import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { api, errorMessage } from '../../api/client.ts';
import { desktop } from '../../api/desktop.ts';
import { applyExports } from '../../stores/exports-store.ts';
import { showToast } from '../../stores/toast-store.ts';

async function report(words: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    showToast({ tone: 'bad', text: `${words} ${errorMessage(error)}` });
  }
}

/** Starts a failed or cancelled export again. */
export async function retryExport(job: ExportJob): Promise<void> {
  await report(`The export of ${job.stream} could not be started again.`, async () => {
    applyExports({ changed: [await api.call('retryExport', { params: { id: job.id } })], removed: [] });
  });
}

/** Cancels; what was written is gone, but the export can be started again from the message. */
export async function cancelExport(job: ExportJob): Promise<void> {
  await report(`The export of ${job.stream} could not be cancelled.`, async () => {
    const changed = await api.call('cancelExport', { params: { id: job.id } });
    applyExports({ changed: [changed], removed: [] });
    showToast({
      text: `Cancelled the export of ${job.stream}.`,
      action: { label: 'Start again', run: () => void retryExport(job) },
    });
  });
}

/** Takes it off the list at once; the manager is told when nobody wanted it back. */
export function removeExport(job: ExportJob): void {
  applyExports({ changed: [], removed: [job.id] });
  const putBack = () => applyExports({ changed: [job], removed: [] });
  showToast({
    text: `Removed ${job.stream} from the list. The file stays.`,
    action: { label: 'Undo', run: putBack },
    onExpire: () =>
      void report(`${job.stream} could not be removed from the list.`, async () => {
        try {
          await api.call('removeExport', { params: { id: job.id } });
        } catch (error) {
          putBack();
          throw error;
        }
      }),
  });
}

/** Shows the file of a finished export in the file manager. Only in the desktop. */
export async function showExportInFolder(folder: string, fileName: string): Promise<void> {
  await report('The folder cannot be shown.', async () => {
    await desktop?.showInFolder(folder, fileName);
  });
}
