import { Plus } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { showDialog } from '../../stores/dialog-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import { NewStreamDialog } from './new-stream-dialog.tsx';

/** Opens the dialog that makes a stream. */
export function NewStreamButton() {
  return (
    <OperatorOnly>
      <Button
        icon={<Plus size={14} strokeWidth={1.75} aria-hidden />}
        onClick={() => showDialog((onClose) => <NewStreamDialog onClose={onClose} />)}
      >
        New stream
      </Button>
    </OperatorOnly>
  );
}
