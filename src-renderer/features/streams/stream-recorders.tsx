import { useState } from 'react';
import type { RecorderView } from '../../../src-shared/contract/record-control-routes.ts';
import { api, errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { SectionTitle } from '../../components/section-title.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { showDialog } from '../../stores/dialog-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import styles from './stream-parts.module.css';
import { recorderHint, recorderWords } from './stream-words.ts';

export interface StreamRecordersProps {
  readonly stream: string;
  readonly recorders: readonly RecorderView[];
  readonly nowMs: number;
  readonly onDone: () => void;
}

/** The recording of a stream on each node, with what can be done about it. */
export function StreamRecorders({ stream, recorders, nowMs, onDone }: StreamRecordersProps) {
  const [busy, setBusy] = useState<string | null>(null);
  const start = async (node: string) => {
    setBusy(node);
    try {
      await api.call('startRecording', { params: { stream }, query: { node } });
      showToast({ tone: 'ok', text: `${stream} is recorded on ${node}.` });
      onDone();
    } catch (error) {
      showToast({ tone: 'bad', text: errorMessage(error) });
    } finally {
      setBusy(null);
    }
  };
  const stop = async (node: string) => {
    await api.call('stopRecording', { params: { stream }, query: { node } });
    showToast({ text: `${stream} is not recorded on ${node} any more.` });
    onDone();
  };
  const askToStop = ({ node, wish }: RecorderView): void =>
    showDialog((onClose) => (
      <ConfirmDialog
        title={`Stop recording ${stream} on ${node}?`}
        action="Stop recording"
        keep="Go on recording"
        run={() => stop(node)}
        onClose={onClose}
      >
        <p>
          What was recorded until now stays. Nothing of <strong>{stream}</strong> is recorded on {node} from
          now on{wish === 'auto' ? ', not even automatically, until it is published anew' : ''}. Viewers do
          not notice.
        </p>
      </ConfirmDialog>
    ));
  return (
    <section aria-label="Recording">
      <SectionTitle>Recording</SectionTitle>
      <ul className={styles.list}>
        {recorders.map((recorder) => (
          <li key={recorder.node} className={styles.row}>
            <StateDot tone={recorder.isRecording ? 'rec' : 'idle'} />
            <span className={styles.main}>
              <span className={styles.name}>{recorder.node}</span>
              <span className={styles.quiet}>{recorderWords(recorder, nowMs)}</span>
            </span>
            <OperatorOnly>
              {recorder.isRecording === true ? (
                <Button disabled={!recorder.mayStop} onClick={() => askToStop(recorder)}>
                  Stop…
                </Button>
              ) : (
                <Button
                  disabled={!recorder.mayRecord || busy !== null}
                  onClick={() => void start(recorder.node)}
                >
                  Record
                </Button>
              )}
            </OperatorOnly>
            {recorderHint(recorder) && <span className={styles.hint}>{recorderHint(recorder)}</span>}
          </li>
        ))}
      </ul>
      {recorders.length === 0 && <p className={styles.none}>No node that answers has the stream.</p>}
    </section>
  );
}
