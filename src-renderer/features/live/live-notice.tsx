import type { WhepStatus } from '../../api/whep-session.ts';
import { Button } from '../../components/button.tsx';
import { useNow } from '../../components/use-now.ts';
import { navigate } from '../../router.ts';
import type { Obstacle } from './live-obstacle.ts';
import styles from './live-picture.module.css';

export interface LiveNoticeProps {
  readonly stream: string;
  readonly status: WhepStatus;
  readonly obstacle: Obstacle | null;
  readonly onRetry: () => void;
}

/** Why there is no picture, and what can be done. */
export function LiveNotice({ stream, status, obstacle, onRetry }: LiveNoticeProps) {
  if (obstacle) {
    return (
      <div className={styles.notice} role="status">
        <p>{obstacle.message}</p>
        {obstacle.kind !== 'loading' && (
          <Button onClick={() => navigate('recordings', { stream })}>Show its recordings</Button>
        )}
      </div>
    );
  }
  if (status.kind === 'playing') return null;
  if (status.kind === 'connecting') {
    return (
      <div className={styles.notice} role="status">
        <span className={styles.loading} aria-hidden />
        <p>Connecting…</p>
      </div>
    );
  }
  return (
    <div className={styles.notice} role="status">
      <p>{status.trouble.message}</p>
      <p className={styles.retry}>
        <NextTry atMs={status.retryAtMs} />
      </p>
      <Button onClick={onRetry}>Try now</Button>
    </div>
  );
}

/** Not read aloud: it changes every second. */
function NextTry({ atMs }: { readonly atMs: number }) {
  const nowMs = useNow(1000);
  const seconds = Math.max(1, Math.ceil((atMs - nowMs) / 1000));
  return <span aria-hidden>Next try in {seconds} s</span>;
}
