import { useState } from 'react';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { api } from '../../api/client.ts';
import { Callout } from '../../components/callout.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { readCascades } from '../../stores/cascades-store.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import styles from './cascade-dialog.module.css';

export interface CascadeDialogProps {
  readonly stream: StreamView;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Two nodes may take 35 s to agree; then media have to come. */
const LIMIT_MS = 60_000;

const MODES = [
  { value: 'push', label: 'Push' },
  { value: 'pull', label: 'Pull' },
] as const;

const MODE_WORDS = {
  push: 'The source publishes to the target; the source needs the cascade feature.',
  pull: 'The target watches at the source; the target needs the cascade feature.',
} as const;

/** Relays a stream to another node by hand. */
export function CascadeDialog({ stream, onClose, onDone }: CascadeDialogProps) {
  const nodes = useClusterStore((state) => state.nodes);
  const sources = stream.nodes.filter((part) => part.hasPublisher && !part.isStale).map((part) => part.alias);
  const targets = targetsOf(stream, nodes);
  const [source, setSource] = useState(sources[0] ?? '');
  const [target, setTarget] = useState(targets[0]?.alias ?? '');
  const [mode, setMode] = useState<'push' | 'pull'>('push');

  const create = async () => {
    const body = { stream: stream.id, source, target, mode };
    await api.call('createCascade', { body, timeoutMs: LIMIT_MS });
    void readCascades().catch(() => {});
    showToast({ tone: 'ok', text: `${stream.id} is relayed from ${source} to ${target}.` });
    onDone();
    onClose();
  };
  return (
    <FormDialog
      title={`Relay ${stream.id}`}
      action="Relay"
      busyAction="Waiting for media…"
      isReady={source !== '' && target !== ''}
      run={create}
      onClose={onClose}
    >
      <p>
        The stream goes straight from node to node, and viewers of the target are served there. The relay
        stays until it is ended by hand.
      </p>
      <div className={styles.nodes}>
        <SelectField
          label="From"
          value={source}
          isDisabled={sources.length === 0}
          options={sources.map((alias) => ({ value: alias, label: alias }))}
          onChange={setSource}
        />
        <SelectField
          label="To"
          value={target}
          isDisabled={targets.length === 0}
          options={targets.map((node) => ({
            value: node.alias,
            label: `${node.alias} (${formatCounted(node.viewerCount, 'viewer')})`,
          }))}
          onChange={setTarget}
        />
      </div>
      <div className={styles.mode}>
        <Segmented label="Mode" value={mode} options={MODES} onChange={setMode} />
        <span className={styles.hint}>{MODE_WORDS[mode]}</span>
      </div>
      {sources.length === 0 && <Callout>Nobody publishes this stream now.</Callout>}
      {sources.length > 0 && targets.length === 0 && (
        <Callout>Every node that answers has the stream already. Add a node first.</Callout>
      )}
    </FormDialog>
  );
}

/** Nodes that answer and do not hold the stream, those with the fewest viewers first. */
function targetsOf(stream: StreamView, nodes: readonly NodeView[]): NodeView[] {
  const holders = new Set(stream.nodes.map((part) => part.alias));
  return nodes
    .filter((node) => (node.state === 'up' || node.state === 'slow') && !holders.has(node.alias))
    .sort((a, b) => a.viewerCount - b.viewerCount);
}
