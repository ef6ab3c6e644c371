import { Pencil, Trash2 } from 'lucide-react';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import { errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { showDialog } from '../../stores/dialog-store.ts';
import { readNodeConfigs, useNodeConfigsStore } from '../../stores/node-configs-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { AdminOnly } from '../access/only.tsx';
import styles from './node-actions.module.css';
import { NodeDialog } from './node-dialog.tsx';
import { RemoveNodeDialog } from './remove-node-dialog.tsx';

/** Editing and removing a node that was added in the window; nothing for the others. */
export function NodeActions({ node }: { readonly node: NodeView }) {
  if (node.origin !== 'stored') return null;
  const edit = async () => {
    try {
      await readNodeConfigs();
      const { configs } = useNodeConfigsStore.getState();
      const config = configs.find(({ alias }) => alias === node.alias);
      if (config) showDialog((onClose) => <NodeDialog config={config} onClose={onClose} />);
    } catch (error) {
      showToast({
        tone: 'bad',
        text: `The settings of ${node.alias} cannot be read. ${errorMessage(error)}`,
      });
    }
  };
  return (
    <AdminOnly>
      <div className={styles.actions}>
        <Button icon={<Pencil size={14} strokeWidth={1.75} aria-hidden />} onClick={() => void edit()}>
          Edit
        </Button>
        <Button
          icon={<Trash2 size={14} strokeWidth={1.75} aria-hidden />}
          onClick={() => showDialog((onClose) => <RemoveNodeDialog node={node} onClose={onClose} />)}
        >
          Remove
        </Button>
      </div>
    </AdminOnly>
  );
}
