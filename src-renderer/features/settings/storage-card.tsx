import { PlugZap } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { StorageTestResult, StorageView } from '../../../src-shared/model/storage-view.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { FactList } from '../../components/fact-list.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatBytes, formatPercent } from '../../format/numbers.ts';
import { hrefTo } from '../../router.ts';
import { StorageTestOutcome } from './storage-test-outcome.tsx';
import styles from './storages-section.module.css';

const TEST_MS = 60_000;

export interface StorageCardProps {
  readonly storage: StorageView;
  /** There is no other, so every node records to it. */
  readonly isOnly: boolean;
}

/** One storage; it can be tried. */
export function StorageCard({ isOnly, storage }: StorageCardProps) {
  const { endpoint, isUp, name, nodes, place, problem, type } = storage;
  const test = useStorageTest(name);
  return (
    <div className={styles.card}>
      <header className={styles.head}>
        <StateDot tone={isUp ? 'ok' : 'bad'} />
        <h3 className={styles.name}>{name}</h3>
        <span className={styles.state}>{isUp ? 'can be read' : 'cannot be used'}</span>
        <Button
          icon={<PlugZap size={14} strokeWidth={1.75} aria-hidden />}
          disabled={test.isRunning}
          aria-label={`Test the storage ${name}`}
          onClick={() => void test.run()}
        >
          {test.isRunning ? 'Testing…' : 'Test'}
        </Button>
      </header>
      {problem && !test.result && <Callout tone="bad">{problem}</Callout>}
      <div role="status">
        {test.result && <StorageTestOutcome result={test.result} />}
        {test.problem && <Callout tone="bad">{test.problem}</Callout>}
      </div>
      <FactList
        facts={[
          { name: type === 's3' ? 'Bucket' : 'Folder', value: <code className={styles.place}>{place}</code> },
          ...(type === 's3' ? [{ name: 'Service', value: endpoint ?? 'from the AWS environment' }] : []),
          { name: 'Space', value: usageText(storage) },
          {
            name: 'Nodes',
            value: nodes.length === 0 ? 'none' : isOnly ? 'all' : <NodeLinks nodes={nodes} />,
          },
        ]}
      />
    </div>
  );
}

const SHOWN_NODES = 8;

function NodeLinks({ nodes }: { readonly nodes: readonly string[] }) {
  const rest = nodes.length - SHOWN_NODES;
  return (
    <span className={styles.nodes}>
      {nodes.slice(0, SHOWN_NODES).map((node) => (
        <a key={node} className={styles.link} href={hrefTo('cluster', { node })}>
          {node}
        </a>
      ))}
      {rest > 0 && <span>and {rest} more</span>}
    </span>
  );
}

function usageText({ totalBytes, type, usedBytes }: StorageView): string {
  if (type === 's3') return 'as much as the service gives';
  if (usedBytes === null || !totalBytes) return 'not known';
  return `${formatPercent(usedBytes / totalBytes)} used, ${formatBytes(totalBytes - usedBytes)} of ${formatBytes(totalBytes)} free`;
}

function useStorageTest(name: string) {
  const [result, setResult] = useState<StorageTestResult | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isRunning, setIsRunning] = useState(false);
  const aborter = useRef(new AbortController());
  useEffect(() => () => aborter.current.abort(), []);
  const run = async () => {
    aborter.current = new AbortController();
    const { signal } = aborter.current;
    setResult(null);
    setProblem(null);
    setIsRunning(true);
    try {
      setResult(await api.call('testStorage', { params: { name }, signal, timeoutMs: TEST_MS }));
    } catch (error) {
      if (isAborted(error)) return;
      setProblem(errorMessage(error));
    }
    setIsRunning(false);
  };
  return { result, problem, isRunning, run };
}
