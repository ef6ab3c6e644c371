import type { Alert, AlertKind } from '../../../src-shared/model/alert.ts';
import { Callout } from '../../components/callout.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { hrefTo } from '../../router.ts';
import { isOpen } from '../../stores/alerts-store.ts';
import styles from './storage-problems.module.css';

const MAX_SHOWN = 2;
/** Trouble of a node or a stream that is not about what is stored is said elsewhere. */
const ELSEWHERE: readonly AlertKind[] = ['node-down', 'auth-failed', 'stream-gone', 'cascade-failed'];

/** What is wrong with storage and index, as the open alerts say it; nothing when all is well. */
export function StorageProblems({ alerts }: { readonly alerts: readonly Alert[] }) {
  const about = alerts.filter((alert) => isOpen(alert) && isAboutStorage(alert));
  const open = about.sort((a, b) => Number(isCritical(b)) - Number(isCritical(a)));
  if (open.length === 0) return null;
  return (
    <section className={styles.problems} aria-label="What is wrong">
      {open.slice(0, MAX_SHOWN).map((alert) => (
        <Callout key={alert.id} tone={isCritical(alert) ? 'bad' : 'warn'}>
          {alert.text}
        </Callout>
      ))}
      {open.length > MAX_SHOWN && (
        <a className={styles.more} href={hrefTo('alerts')}>
          {`${formatCounted(open.length - MAX_SHOWN, 'more alert')} about storage and recordings`}
        </a>
      )}
    </section>
  );
}

const isCritical = ({ severity }: Alert): boolean => severity === 'critical';

export function isAboutStorage({ kind, object }: Pick<Alert, 'kind' | 'object'>): boolean {
  // The bar above every view says it.
  if (kind === 'database-trouble') return false;
  if (object.kind === 'storage' || object.kind === 'database') return true;
  return !ELSEWHERE.includes(kind) && kind !== 'clock-skew';
}
