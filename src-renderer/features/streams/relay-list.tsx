import type { CascadeView } from '../../../src-shared/contract/cascade-routes.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatBitRate, formatCounted } from '../../format/numbers.ts';
import { readCascades } from '../../stores/cascades-store.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import styles from './stream-parts.module.css';
import { cascadeHint } from './stream-words.ts';

export interface RelayListProps {
  readonly relays: readonly CascadeView[];
  /** Relays of several streams are named with theirs. */
  readonly showsStream: boolean;
  readonly onDone?: () => void;
}

const ELSEWHERE = 'another cluster';
/** Before the figures. */
const STATE_WORDS = { running: '', starting: 'starting, ', stale: 'stale, last known: ' } as const;
const RELAY_TONES = { running: 'ok', starting: 'warn', stale: 'idle' } as const;

/** Relays between nodes; each can be ended. */
export function RelayList({ relays, showsStream, onDone }: RelayListProps) {
  const end = async (relay: CascadeView): Promise<void> => {
    await api.call('endCascade', { params: { id: relay.id } });
    void readCascades().catch(() => {});
    showToast({ text: `The relay of ${relay.stream} to ${relay.target ?? ELSEWHERE} has ended.` });
    onDone?.();
  };
  return (
    <ul className={styles.list}>
      {relays.map((relay) => (
        <li key={relay.id} className={styles.row} data-stale={relay.state === 'stale' || undefined}>
          <StateDot tone={RELAY_TONES[relay.state]} />
          <span className={styles.main}>
            {showsStream && <span className={styles.name}>{relay.stream}</span>}
            <span>
              {relay.source ?? ELSEWHERE} <span className={styles.arrow}>→</span> {relay.target ?? ELSEWHERE}
            </span>
            <span className={styles.quiet}>
              {STATE_WORDS[relay.state]}
              {formatCounted(relay.viewerCount, 'viewer')}
              {relay.bitrateBps > 0 && `, ${formatBitRate(relay.bitrateBps)}`}
            </span>
          </span>
          <OperatorOnly>
            <Button
              aria-label={`End the relay of ${relay.stream} to ${relay.target ?? ELSEWHERE}`}
              onClick={() =>
                showDialog((onClose) => <EndDialog relay={relay} run={() => end(relay)} onClose={onClose} />)
              }
            >
              End…
            </Button>
          </OperatorOnly>
          <span className={styles.hint}>
            {cascadeHint(relay)} {relay.reason}
          </span>
        </li>
      ))}
    </ul>
  );
}

interface EndDialogProps {
  readonly relay: CascadeView;
  readonly run: () => Promise<void>;
  readonly onClose: () => void;
}

function EndDialog({ relay, run, onClose }: EndDialogProps) {
  const { source, state, stream, target, viewerCount } = relay;
  return (
    <ConfirmDialog
      title={`End the relay to ${target ?? ELSEWHERE}?`}
      action="End the relay"
      keep="Keep it"
      run={run}
      onClose={onClose}
    >
      <p>
        {target ?? ELSEWHERE} loses <strong>{stream}</strong>, which cuts off
        {state === 'stale' && ', as far as is known,'}{' '}
        {viewerCount === 0 ? 'nobody who watches' : formatCounted(viewerCount, 'viewer')} there.{' '}
        {source ?? ELSEWHERE} is not affected.
      </p>
    </ConfirmDialog>
  );
}
