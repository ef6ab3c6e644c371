import type { ManagerView } from '../../../src-shared/model/manager-view.ts';
import { Badge } from '../../components/badge.tsx';
import { Callout } from '../../components/callout.tsx';
import { formatDateTime } from '../../format/times.ts';
import { useZone } from '../../stores/settings-store.ts';
import styles from './manager-list.module.css';
import { dutiesText, managerName } from './manager-words.ts';

/** Who shares the database: who, since when, which version, and what each does for all. */
export function ManagerList({ managers }: { readonly managers: readonly ManagerView[] }) {
  return (
    <ul className={styles.list}>
      {managers.map((manager) => (
        <ManagerItem key={manager.id} manager={manager} />
      ))}
    </ul>
  );
}

function ManagerItem({ manager }: { readonly manager: ManagerView }) {
  const zone = useZone();
  const { foreignNodes, isSelf, startedAtMs, version } = manager;
  const duties = dutiesText(manager);
  return (
    <li className={styles.item}>
      <span className={styles.name}>
        {managerName(manager)}
        {isSelf && <Badge>this one</Badge>}
      </span>
      <span className={styles.quiet}>
        {`since ${formatDateTime(startedAtMs * 1000, zone)} · v${version}`}
      </span>
      <span className={styles.quiet}>{duties === '' ? 'stands by' : `does: ${duties}`}</span>
      {foreignNodes.length > 0 && (
        <Callout>
          {`Its liveman.toml declares nodes that ours does not: ${foreignNodes.join(', ')}. Work for the cluster reaches the nodes of whoever does it; add them in the window instead.`}
        </Callout>
      )}
    </li>
  );
}
