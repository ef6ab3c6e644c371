import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { AdminOnly } from '../access/only.tsx';
import { NodeDialog } from './node-dialog.tsx';

/** Opens the dialog that adds a node. */
export function AddNodeButton({ tone }: { readonly tone?: 'normal' | 'primary' }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <AdminOnly>
      <Button
        tone={tone ?? 'normal'}
        icon={<Plus size={14} strokeWidth={1.75} aria-hidden />}
        onClick={() => setIsOpen(true)}
      >
        Add node
      </Button>
      {isOpen && <NodeDialog config={null} onClose={() => setIsOpen(false)} />}
    </AdminOnly>
  );
}
