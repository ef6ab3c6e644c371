import { useState } from 'react';
import type { BookmarkInput } from '../../../src-shared/model/bookmark.ts';
import { Checkbox } from '../../components/checkbox.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useZone } from '../../stores/settings-store.ts';
import styles from './bookmark-dialog.module.css';
import { bookmarkTime } from './bookmark-words.ts';

export interface BookmarkDialogProps {
  readonly title: string;
  /** What it starts with; `stream` null for all streams. */
  readonly initial: BookmarkInput;
  /** The stream that is offered beside all streams. */
  readonly stream: string | null;
  readonly saveLabel: string;
  /** Rejects with what went wrong. */
  readonly onSave: (input: BookmarkInput) => Promise<void>;
  readonly onClose: () => void;
}

/** Label, stream and protection of a bookmark. */
export function BookmarkDialog(props: BookmarkDialogProps) {
  const { initial, onClose, onSave, saveLabel, stream, title } = props;
  const zone = useZone();
  const [label, setLabel] = useState(initial.label);
  const [isForAll, setForAll] = useState(initial.stream === null);
  const [isProtected, setProtected] = useState(initial.isProtected);
  const save = async () => {
    await onSave({ ...initial, label: label.trim(), isProtected, stream: isForAll ? null : stream });
    onClose();
  };
  return (
    <FormDialog title={title} action={saveLabel} isReady run={save} onClose={onClose} widthPx={440}>
      <p className={styles.time}>{bookmarkTime(initial, zone)}</p>
      <TextField
        label="Label"
        isLabelShown
        data-autofocus
        maxLength={500}
        placeholder="What happens here"
        value={label}
        onChange={setLabel}
      />
      {stream !== null && (
        <div>
          <Segmented
            label="Streams"
            value={isForAll ? 'all' : 'one'}
            options={[
              { value: 'one', label: stream },
              { value: 'all', label: 'All streams' },
            ]}
            onChange={(value) => setForAll(value === 'all')}
          />
        </div>
      )}
      <Checkbox
        label="Protect it from retention"
        hint={
          isForAll
            ? 'What every stream recorded then is kept whatever the rules say.'
            : 'What was recorded then is kept whatever the rules say.'
        }
        isChecked={isProtected}
        onChange={setProtected}
      />
    </FormDialog>
  );
}
