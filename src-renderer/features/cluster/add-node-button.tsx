import { Plus } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { AdminOnly } from '../access/only.tsx';
import { setAddingNode } from './adding-node.ts';

/** Opens the dialog that adds a node; the view of the cluster shows it. */
export function AddNodeButton() {
  return (
    <AdminOnly>
      <Button icon={<Plus size={14} strokeWidth={1.75} aria-hidden />} onClick={() => setAddingNode(true)}>
        Add node
      </Button>
    </AdminOnly>
  );
}
