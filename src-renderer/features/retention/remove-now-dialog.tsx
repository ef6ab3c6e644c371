import type { RetentionPreview } from '../../../src-shared/model/retention.ts';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { formatBytes, formatCounted } from '../../format/numbers.ts';
import { showToast } from '../../stores/toast-store.ts';
import { hoursText } from './retention-words.ts';

export interface RemoveNowDialogProps {
  readonly preview: RetentionPreview;
  readonly onClose: () => void;
}

const NAMED = 5;

/** Asks before recordings are removed, and says which. */
export function RemoveNowDialog({ preview, onClose }: RemoveNowDialogProps) {
  const names = preview.streams.filter(({ segments }) => segments > 0).map(({ stream }) => stream);
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const size = formatBytes(preview.bytes);
  const remove = async () => {
    await api.call('runRetention');
    showToast({ text: 'The removal has begun.' });
  };
  return (
    <ConfirmDialog
      title={`Remove ${size} of recordings?`}
      action={`Remove ${size}`}
      keep="Keep them"
      run={remove}
      onClose={onClose}
    >
      <p>
        {formatCounted(preview.segments, 'segment')} with {hoursText(preview.durationUs)} of recording go from
        the storage and from the index: of <strong>{names.slice(0, NAMED).join(', ')}</strong>
        {more}. Nobody can play or export them afterwards, and they cannot be brought back.
      </p>
      <p>Protected bookmarks, unfinished exports and what is still being recorded stay.</p>
    </ConfirmDialog>
  );
}
