import type { SetAsideReport } from '../../../src-shared/contract/set-aside-routes.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { formatDateTime } from '../../format/times.ts';

export interface SetAsideDialogProps {
  readonly reports: readonly SetAsideReport[];
  readonly zone: string;
  readonly onDiscard: () => void;
  readonly onClose: () => void;
}

/** Asks before reports are given up, and says what that means. */
export function SetAsideDialog({ onClose, onDiscard, reports, zone }: SetAsideDialogProps) {
  const [first] = reports;
  const segmentCount = reports.reduce((sum, report) => sum + report.segmentCount, 0);
  const streams = [...new Set(reports.map(({ stream }) => stream))].slice(0, 5).join(', ');
  return (
    <Dialog
      title={reports.length === 1 ? 'Discard this report?' : `Discard ${reports.length} reports?`}
      onClose={onClose}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            Keep
          </Button>
          <Button
            tone="danger"
            onClick={() => {
              onDiscard();
              onClose();
            }}
          >
            {reports.length === 1 ? 'Discard the report' : `Discard ${reports.length} reports`}
          </Button>
        </>
      }
    >
      <p>
        {`${formatCounted(segmentCount, 'segment')} of `}
        <strong>{streams}</strong>
        {first && reports.length === 1 && ` that came ${formatDateTime(first.arrivedAtMs * 1000, zone)}`}
        {' will not be on the timeline. Their media stay where they are: '}
        <code>liveman index</code>
        {' and “Check now” find them in the storage.'}
      </p>
    </Dialog>
  );
}
