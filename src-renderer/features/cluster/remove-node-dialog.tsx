import type { NodeView } from '../../../src-shared/model/node-view.ts';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { replaceQuery } from '../../router.ts';
import { readNodeConfigs } from '../../stores/node-configs-store.ts';
import { showToast } from '../../stores/toast-store.ts';

export interface RemoveNodeDialogProps {
  readonly node: NodeView;
  readonly onClose: () => void;
}

/** Asks before a node is taken out of the cluster, and says what that means. */
export function RemoveNodeDialog({ node, onClose }: RemoveNodeDialogProps) {
  const remove = async () => {
    await api.call('removeNode', { params: { alias: node.alias } });
    void readNodeConfigs().catch(() => {});
    showToast({ text: `Removed ${node.alias}.` });
    replaceQuery({});
  };
  return (
    <ConfirmDialog
      title={`Remove ${node.alias}?`}
      action={`Remove ${node.alias}`}
      keep="Keep it"
      run={remove}
      onClose={onClose}
    >
      <p>
        Liveman stops watching <strong>{node.alias}</strong> ({node.url}) and forgets what was entered here.
        The node itself goes on{loadWords(node)}; what it recorded stays.
      </p>
    </ConfirmDialog>
  );
}

function loadWords({ streamCount, viewerCount }: NodeView): string {
  if (streamCount === 0) return '';
  return ` with its ${formatCounted(streamCount, 'stream')} and ${formatCounted(viewerCount, 'viewer')}`;
}
