import { Circle, Square } from 'lucide-react';
import { useState } from 'react';
import { api, errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { OperatorOnly } from '../access/only.tsx';

const ICON = { size: 15, strokeWidth: 1.75, 'aria-hidden': true } as const;

export interface RecordButtonProps {
  readonly stream: string;
  readonly isRecording: boolean;
  readonly className?: string | undefined;
}

/** Records a stream where its publisher is, or asks whether to stop. */
export function RecordButton({ stream, isRecording, className }: RecordButtonProps) {
  const [isBusy, setIsBusy] = useState(false);
  const start = async () => {
    setIsBusy(true);
    try {
      await api.call('startRecording', { params: { stream } });
      showToast({ tone: 'ok', text: `${stream} is recorded from now on.` });
    } catch (error) {
      showToast({ tone: 'bad', text: `${stream} cannot be recorded. ${errorMessage(error)}` });
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <OperatorOnly>
      {isRecording ? (
        <Button
          className={className}
          aria-label={`Stop recording ${stream}`}
          icon={<Square {...ICON} />}
          onClick={() => showDialog((onClose) => <StopDialog stream={stream} onClose={onClose} />)}
        >
          Stop…
        </Button>
      ) : (
        <Button
          className={className}
          aria-label={`Record ${stream}`}
          disabled={isBusy}
          icon={<Circle {...ICON} fill="currentColor" />}
          onClick={() => void start()}
        >
          Record
        </Button>
      )}
    </OperatorOnly>
  );
}

function StopDialog({ stream, onClose }: { readonly stream: string; readonly onClose: () => void }) {
  const view = useClusterStore((state) => state.streams.find((known) => known.id === stream));
  const aliases = view?.nodes.filter((node) => !node.isStale).map((node) => node.alias) ?? [];
  const stop = async () => {
    const { stopped } = await api.call('stopRecording', { params: { stream } });
    showToast({
      text: stopped ? `${stream} is not recorded any more.` : `${stream} was not recorded any more already.`,
    });
  };
  return (
    <ConfirmDialog
      title={`Stop recording ${stream}?`}
      action="Stop recording"
      keep="Go on recording"
      run={stop}
      onClose={onClose}
    >
      <p>
        Nothing of <strong>{stream}</strong> is recorded from now on
        {aliases.length > 0 && ` on ${aliases.join(', ')}`}. What was recorded stays, and{' '}
        {view && view.viewerCount > 0
          ? `the ${formatCounted(view.viewerCount, 'viewer')} do`
          : 'who watches does'}{' '}
        not notice. A stream that is recorded automatically is recorded again when it is published anew.
      </p>
    </ConfirmDialog>
  );
}
