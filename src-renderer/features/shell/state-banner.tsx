import { TriangleAlert } from 'lucide-react';
import { type ClusterState, useClusterStore } from '../../stores/cluster-store.ts';
import styles from './state-banner.module.css';

function selectText({ status }: ClusterState): string | null {
  if (!status) return null;
  const { isUp, newerProgram, problem } = status.database;
  if (newerProgram !== null) {
    return (
      `Liveman ${newerProgram} has changed the database. This one, ${status.version}, shows what is there and plays it, ` +
      'but writes nothing any more. Update it.'
    );
  }
  if (isUp) return null;
  return `${problem ?? 'The database cannot be used.'} Nodes and live streams go on; recordings show again once it is back.`;
}

/** What concerns everything in the window, in words; nothing while all is well. */
export function StateBanner() {
  const text = useClusterStore(selectText);
  return (
    <div className={styles.place} role="status">
      {text !== null && (
        <p className={styles.banner}>
          <TriangleAlert size={16} strokeWidth={1.75} aria-hidden />
          {text}
        </p>
      )}
    </div>
  );
}
