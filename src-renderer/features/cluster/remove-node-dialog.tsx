import { useState } from 'react';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import { api, errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { formatCount } from '../../format/numbers.ts';
import { replaceQuery } from '../../router.ts';
import { readNodeConfigs } from '../../stores/node-configs-store.ts';
import { showToast } from '../../stores/toast-store.ts';

export interface RemoveNodeDialogProps {
  readonly node: NodeView;
  readonly onClose: () => void;
}

/** Asks before a node is taken out of the cluster, and says what that means. */
export function RemoveNodeDialog({ node, onClose }: RemoveNodeDialogProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const remove = async () => {
    setIsBusy(true);
    try {
      await api.call('removeNode', { params: { alias: node.alias } });
      void readNodeConfigs().catch(() => {});
      showToast({ text: `Removed ${node.alias}.` });
      replaceQuery({});
      onClose();
    } catch (error) {
      setProblem(errorMessage(error));
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      title={`Remove ${node.alias}?`}
      onClose={onClose}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            Keep it
          </Button>
          <Button tone="danger" disabled={isBusy} onClick={() => void remove()}>
            Remove {node.alias}
          </Button>
        </>
      }
    >
      <p>
        Liveman stops watching <strong>{node.alias}</strong> ({node.url}) and forgets what was entered here.
        The node itself goes on{loadWords(node)}; what it recorded stays.
      </p>
      {problem && <Callout tone="bad">{problem}</Callout>}
    </Dialog>
  );
}

function loadWords({ streamCount, viewerCount }: NodeView): string {
  if (streamCount === 0) return '';
  const streams = streamCount === 1 ? '1 stream' : `${formatCount(streamCount)} streams`;
  const viewers = viewerCount === 1 ? '1 viewer' : `${formatCount(viewerCount)} viewers`;
  return ` with its ${streams} and ${viewers}`;
}
