import type { CascadeView } from '../../../src-shared/contract/cascade-routes.ts';
import type { Session, Stream } from '../../../src-shared/model/node-json.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { SectionTitle } from '../../components/section-title.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatSpanMs } from '../../format/durations.ts';
import { formatBitRate } from '../../format/numbers.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import styles from './stream-parts.module.css';
import { allRelayEnds, kickWords, openSessions, roleOf } from './stream-words.ts';

export interface StreamSessionsProps {
  readonly stream: string;
  readonly copies: Readonly<Record<string, Stream>>;
  readonly relays: readonly CascadeView[];
  /** Aliases of the nodes that record the stream now. */
  readonly recordedOn: ReadonlySet<string>;
  readonly nowMs: number;
  readonly onDone: () => void;
}

/** A stream may have thousands of viewers; whom one looks for is found by its node. */
const SHOWN = 50;

/** Who publishes and who watches, node by node. */
export function StreamSessions(props: StreamSessionsProps) {
  const { stream, copies, relays, recordedOn, nowMs, onDone } = props;
  const end = async (alias: string, session: Session): Promise<void> => {
    const answer = await api.call('kickSession', { params: { alias, stream, session: session.id } });
    if (!answer.isDone) throw new Error(`${alias}: ${answer.message}`);
    showToast({ text: `The session at ${alias} has ended.` });
    onDone();
  };
  const relayEnds = allRelayEnds(copies, relays);
  const ask = (alias: string, copy: Stream, session: Session): void =>
    showDialog((onClose) => (
      <ConfirmDialog
        title="End this session?"
        action="End the session"
        keep="Leave it"
        run={() => end(alias, session)}
        onClose={onClose}
      >
        <p>{kickWords({ copy, session, alias, relays, relayEnds, isRecorded: recordedOn.has(alias) })}</p>
      </ConfirmDialog>
    ));
  return (
    <section aria-label="Sessions">
      <SectionTitle>Sessions</SectionTitle>
      {Object.entries(copies).map(([alias, copy]) => {
        const publishers = openSessions(copy.publish.sessions);
        const all = [...publishers, ...openSessions(copy.subscribe.sessions)];
        return (
          <div key={alias}>
            <h4 className={styles.node}>{alias}</h4>
            <ul className={styles.list}>
              {all.slice(0, SHOWN).map((session) => (
                <li key={session.id} className={styles.row}>
                  <StateDot tone={session.state === 'connected' ? 'ok' : 'warn'} />
                  <span className={styles.main} title={session.id}>
                    <span className={styles.name}>
                      {roleOf(session, publishers.includes(session), relayEnds)}
                    </span>
                    <span className={styles.quiet}>
                      {session.state === 'connected' ? '' : `${session.state}, `}
                      {formatSpanMs(nowMs - session.createdAt)}
                      {session.stats.bitrate > 0 && `, ${formatBitRate(session.stats.bitrate)}`}
                    </span>
                  </span>
                  <OperatorOnly>
                    <Button
                      aria-label={`End session ${session.id} at ${alias}`}
                      onClick={() => ask(alias, copy, session)}
                    >
                      End…
                    </Button>
                  </OperatorOnly>
                </li>
              ))}
            </ul>
            {all.length === 0 && <p className={styles.none}>Nobody publishes or watches here.</p>}
            {all.length > SHOWN && <p className={styles.none}>and {all.length - SHOWN} more</p>}
          </div>
        );
      })}
      {Object.keys(copies).length === 0 && (
        <p className={styles.none}>No node that answers has the stream.</p>
      )}
    </section>
  );
}
