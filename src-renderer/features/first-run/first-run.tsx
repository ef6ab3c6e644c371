import { useState } from 'react';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { AddNodeButton } from '../cluster/add-node-button.tsx';
import { NODE_TOML } from '../cluster/node-toml.ts';
import { switchDemo } from '../settings/switch-demo.ts';
import { Choice } from './choice.tsx';
import styles from './first-run.module.css';

const DATABASE_TOML = `[database]
url = "postgres://liveman:password@db.example.com/liveman"`;

/** What a newcomer sees: three ways to begin. */
export function FirstRun() {
  const status = useClusterStore((state) => state.status);
  return (
    <div className={styles.page}>
      <div className={styles.column}>
        <h2 className={styles.title}>No nodes yet</h2>
        <p className={styles.lead}>
          Liveman shows a cluster of live777 nodes and what they recorded. Begin with simulated nodes, or with
          yours.
        </p>
        <DemoChoice status={status} />
        <Choice title="Connect a node">
          <p>
            Give its address, and its token if it has one; the connection can be tried before. Or declare
            nodes in <code>liveman.toml</code>, in the folder Liveman is started from or given with{' '}
            <code>--config</code>, and start Liveman again.
          </p>
          <div className={styles.action}>
            <AddNodeButton />
          </div>
          <CodeBlock label="Declaration of a node" text={NODE_TOML} />
        </Choice>
        <Choice title="Use your own PostgreSQL">
          <p>
            {status?.database.isEmbedded === false
              ? 'Liveman uses a server of yours already.'
              : 'Liveman keeps its index in a built-in PostgreSQL. A server that several operators share is set in liveman.toml, or with the variable DATABASE_URL.'}
          </p>
          {status?.database.isEmbedded !== false && (
            <CodeBlock label="Address of a database" text={DATABASE_TOML} />
          )}
        </Choice>
      </div>
    </div>
  );
}

function DemoChoice({ status }: { readonly status: SystemStatus | null }) {
  const [isStarting, setIsStarting] = useState(false);
  if (!status?.demo.isAvailable) return null;
  const isBusy = isStarting || status.demo.isRunning;
  const start = async () => {
    setIsStarting(true);
    await switchDemo(true);
    setIsStarting(false);
  };
  return (
    <Choice title="Open the demo">
      <p>
        Simulated nodes publish, record and report real media. Within a minute there are streams to watch, a
        timeline to go through and clips to export. It can be stopped at any time and leaves your settings
        alone.
      </p>
      <div className={styles.action}>
        <Button tone="primary" disabled={isBusy} onClick={() => void start()}>
          Open the demo
        </Button>
        <span role="status">{isBusy && 'Starting the nodes and filling in the last hours…'}</span>
      </div>
    </Choice>
  );
}
