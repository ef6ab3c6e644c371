import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import { NewStreamDialog } from './new-stream-dialog.tsx';

/** Opens the dialog that makes a stream. */
export function NewStreamButton() {
  const [isOpen, setIsOpen] = useState(false);
  const nodes = useClusterStore((state) => state.nodes);
  return (
    <OperatorOnly>
      <Button icon={<Plus size={14} strokeWidth={1.75} aria-hidden />} onClick={() => setIsOpen(true)}>
        New stream
      </Button>
      {isOpen && <NewStreamDialog nodes={nodes} onClose={() => setIsOpen(false)} />}
    </OperatorOnly>
  );
}
