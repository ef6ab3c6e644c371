import { Share2, Trash2 } from 'lucide-react';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { CloseButton } from '../../components/close-button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import styles from '../../components/details.module.css';
import { SectionTitle } from '../../components/section-title.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatCounted } from '../../format/numbers.ts';
import { useCascadesStore } from '../../stores/cascades-store.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import { CascadeDialog } from './cascade-dialog.tsx';
import { RelayList } from './relay-list.tsx';
import partStyles from './stream-parts.module.css';
import { StreamRecorders } from './stream-recorders.tsx';
import { StreamSessions } from './stream-sessions.tsx';
import { liveWord } from './stream-words.ts';
import { useStreamDetails } from './use-stream-details.ts';

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const;

export interface StreamDetailsProps {
  readonly stream: StreamView;
  readonly onClose: () => void;
}

/** What is known of the selected stream, and what can be done with it. */
export function StreamDetails({ stream, onClose }: StreamDetailsProps) {
  const cascades = useCascadesStore((state) => state.cascades);
  const { parts, problem, readAgain } = useStreamDetails(stream.id);
  const nowMs = useNow(1000);
  const relays = cascades.filter((each) => each.stream === stream.id);
  return (
    <div className={styles.details}>
      <header className={styles.header}>
        <h2 className={styles.name}>{stream.id}</h2>
        <span className={styles.state} role="status">
          <StateDot tone={stream.isLive ? 'ok' : 'idle'} />
          {liveWord(stream)}
        </span>
        <CloseButton label="Close the details" onClick={onClose} />
      </header>
      <OperatorOnly>
        <div className={styles.actions}>
          <Button
            icon={<Share2 {...ICON} />}
            onClick={() =>
              showDialog((onClose) => <CascadeDialog stream={stream} onClose={onClose} onDone={readAgain} />)
            }
          >
            Relay…
          </Button>
          <Button
            tone="danger"
            icon={<Trash2 {...ICON} />}
            onClick={() => showDialog((onClose) => <DeleteDialog stream={stream} onClose={onClose} />)}
          >
            Delete…
          </Button>
        </div>
      </OperatorOnly>
      {problem && <Callout tone="bad">{problem}</Callout>}
      {parts && (
        <StreamRecorders stream={stream.id} recorders={parts.recorders} nowMs={nowMs} onDone={readAgain} />
      )}
      <section aria-label="Relays">
        <SectionTitle>Relays</SectionTitle>
        <RelayList relays={relays} showsStream={false} onDone={readAgain} />
        {relays.length === 0 && <p className={partStyles.none}>It is not relayed between nodes.</p>}
      </section>
      {parts && (
        <StreamSessions
          stream={stream.id}
          copies={parts.copies}
          relays={relays}
          recordedOn={
            new Set(parts.recorders.flatMap((each) => (each.isRecording === true ? [each.node] : [])))
          }
          nowMs={nowMs}
          onDone={readAgain}
        />
      )}
    </div>
  );
}

function DeleteDialog({
  stream: asked,
  onClose,
}: {
  readonly stream: StreamView;
  readonly onClose: () => void;
}) {
  // Whom it hits now, not when the dialog was opened.
  const stream = useClusterStore((state) => state.streams.find(({ id }) => id === asked.id)) ?? asked;
  const remove = async () => {
    const { nodes } = await api.call('deleteStreamOnNodes', { params: { stream: stream.id } });
    const failed = nodes.filter((answer) => !answer.isDone);
    if (failed.length > 0) {
      throw new Error(failed.map((answer) => `${answer.alias}: ${answer.message}`).join(' '));
    }
    showToast({ text: `${stream.id} is deleted on ${formatCounted(nodes.length, 'node')}.` });
  };
  const viewers =
    stream.viewerCount === 0 ? 'nobody who watches' : formatCounted(stream.viewerCount, 'viewer');
  return (
    <ConfirmDialog
      title={`Delete ${stream.id}?`}
      action="Delete the stream"
      keep="Keep it"
      run={remove}
      onClose={onClose}
    >
      <p>
        The stream ends on {stream.nodes.map((part) => part.alias).join(', ')}: its publisher and {viewers}{' '}
        are cut off{stream.isRecording ? ', and its recording ends' : ''}. What was recorded stays. Who
        publishes it again starts it anew.
      </p>
    </ConfirmDialog>
  );
}
