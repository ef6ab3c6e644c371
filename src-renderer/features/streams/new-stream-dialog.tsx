import { useState } from 'react';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import { api } from '../../api/client.ts';
import { Callout } from '../../components/callout.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { TextField } from '../../components/text-field.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { replaceQuery } from '../../router.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { showToast } from '../../stores/toast-store.ts';

/** Makes an empty stream on a node, for a publisher that may not make it itself. */
export function NewStreamDialog({ onClose }: { readonly onClose: () => void }) {
  const nodes = useClusterStore((state) => state.nodes);
  // Those that have least to do first; the order they had at first, so that it does not jump.
  const [targets, setTargets] = useState(() => targetsOf(nodes));
  if (targets.length === 0 && targetsOf(nodes).length > 0) setTargets(targetsOf(nodes));
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const alias = chosen ?? targets[0]?.alias ?? '';
  const stream = name.trim();
  const create = async () => {
    const answer = await api.call('createStreamOnNode', { params: { alias, stream } });
    if (!answer.isDone) throw new Error(`${alias}: ${answer.message}`);
    showToast({ tone: 'ok', text: `${stream} is ready for a publisher on ${alias}.` });
    replaceQuery({ stream });
    onClose();
  };
  return (
    <FormDialog
      title="New stream"
      action="Make it"
      isReady={stream !== '' && alias !== ''}
      run={create}
      onClose={onClose}
    >
      <p>
        Usually a stream begins with its publisher, and nothing needs to be made. Make it beforehand where
        nodes do not let publishers make streams, or to choose the node.
      </p>
      <TextField label="Name" isLabelShown data-autofocus maxLength={200} value={name} onChange={setName} />
      <SelectField
        label="Node"
        value={alias}
        isDisabled={targets.length === 0}
        options={targets.map((node) => ({
          value: node.alias,
          label: `${node.alias} (${formatCounted(node.streamCount, 'stream')})`,
        }))}
        onChange={setChosen}
      />
      {targets.length === 0 && <Callout>No node answers now.</Callout>}
      {targets.find((node) => node.alias === alias)?.generation === 'head' && (
        <Callout>
          Nodes of this version remove a stream that nobody uses within 5 s. Have the publisher ready.
        </Callout>
      )}
    </FormDialog>
  );
}

function targetsOf(nodes: readonly NodeView[]): readonly NodeView[] {
  return nodes
    .filter((node) => node.state === 'up' || node.state === 'slow')
    .sort((a, b) => a.streamCount - b.streamCount);
}
