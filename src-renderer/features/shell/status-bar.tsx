import type { ReactNode } from 'react';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import type { LiveConnection } from '../../api/live-events.ts';
import { type DotTone, StateDot } from '../../components/state-dot.tsx';
import { Tooltip } from '../../components/tooltip.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { hrefTo } from '../../router.ts';
import { ManagersButton } from './managers-button.tsx';
import styles from './status-bar.module.css';
import {
  databaseText,
  ingestText,
  journalHint,
  journalText,
  journalTone,
  lagText,
  nodesTone,
  storageText,
  storageToWatch,
} from './status-texts.ts';

export interface StatusBarProps {
  readonly status: SystemStatus | null;
  readonly connection: LiveConnection;
}

/** The truth in one line; each item leads to what it is about. */
export function StatusBar({ status, connection }: StatusBarProps) {
  return (
    <footer className={styles.bar}>
      <output className={styles.lost}>
        {connection === 'lost' && (
          <>
            <StateDot tone="bad" /> Connection to the manager lost, trying again
          </>
        )}
      </output>
      {status && <StatusItems status={status} />}
    </footer>
  );
}

function StatusItems({ status }: { readonly status: SystemStatus }) {
  const { nodesUp, nodesTotal, analysisQueue, database, journal } = status;
  const storage = storageToWatch(status);
  const journalWords = journalText(journal);
  const queue =
    analysisQueue > 0 ? `To be examined: ${formatCounted(analysisQueue, 'segment')}` : 'Nothing waits';
  return (
    <>
      <Item href={hrefTo('cluster')} hint="Nodes that answer" dot={nodesTone(nodesUp, nodesTotal)}>
        {`${nodesUp} of ${nodesTotal} nodes up`}
      </Item>
      <Item href={hrefTo('storage', { show: 'ingest' })} hint={`Segments indexed per second. ${queue}.`}>
        {ingestText(status.ingestPerSecond)}
      </Item>
      <Item
        href={hrefTo('storage', { show: 'ingest' })}
        hint="Age of the newest indexed instant of what is being recorded"
      >
        {lagText(status.indexLagMs)}
      </Item>
      <Item
        href={hrefTo('storage')}
        hint={storage.problem ?? `Storage ${storage.name}`}
        dot={storage.isUp ? undefined : 'bad'}
      >
        {storageText(status)}
      </Item>
      <span className={styles.spacer} />
      {journalWords !== null && (
        <Item
          href={hrefTo('storage', { show: 'ingest' })}
          hint={journalHint(journal)}
          dot={journalTone(journal)}
        >
          {journalWords}
        </Item>
      )}
      <ManagersButton />
      <Item
        href={hrefTo('settings', { section: 'database' })}
        hint={database.problem ?? 'The database answers'}
        dot={database.isUp ? undefined : 'bad'}
      >
        {databaseText(database)}
      </Item>
      <Item href={hrefTo('settings', { section: 'about' })} hint="About this version">
        {`v${status.version}`}
      </Item>
    </>
  );
}

interface ItemProps {
  readonly href: string;
  readonly hint: string;
  readonly dot?: DotTone;
  readonly children: ReactNode;
}

function Item({ href, hint, dot, children }: ItemProps) {
  return (
    <Tooltip text={hint} side="top">
      <a href={href} className={styles.item}>
        {dot && <StateDot tone={dot} />}
        {children}
      </a>
    </Tooltip>
  );
}
