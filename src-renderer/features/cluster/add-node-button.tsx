import { Plus } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { showDialog } from '../../stores/dialog-store.ts';
import { AdminOnly } from '../access/only.tsx';
import { NodeDialog } from './node-dialog.tsx';

/** Opens the dialog that adds a node. */
export function AddNodeButton() {
  return (
    <AdminOnly>
      <Button
        icon={<Plus size={14} strokeWidth={1.75} aria-hidden />}
        onClick={() => showDialog((onClose) => <NodeDialog config={null} onClose={onClose} />)}
      >
        Add node
      </Button>
    </AdminOnly>
  );
}
