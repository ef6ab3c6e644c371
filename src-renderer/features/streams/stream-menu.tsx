import { Copy, Film, ListVideo, Radio } from 'lucide-react';
import { type MouseEvent, useState } from 'react';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { navigate } from '../../router.ts';
import { showToast } from '../../stores/toast-store.ts';
import styles from './stream-menu.module.css';

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const;

/**
 * A stream's name that opens what can be done with it.
 *
 * Only a name that was pressed has a menu: tables draw many names while they are scrolled.
 */
export function StreamMenu({ id }: { readonly id: string }) {
  const [pressed, setPressed] = useState<{ readonly id: string; readonly byKey: boolean } | null>(null);
  if (pressed?.id === id) return <OpenedMenu key={id} id={id} isByKey={pressed.byKey} />;
  // A press by key has no click count.
  const open = (event: MouseEvent) => setPressed({ id, byKey: event.detail === 0 });
  return (
    <button type="button" className={styles.name} title={id} aria-haspopup="menu" onClick={open}>
      {id}
    </button>
  );
}

function OpenedMenu({ id, isByKey }: { readonly id: string; readonly isByKey: boolean }) {
  return (
    <Menu
      align="start"
      label={`Stream ${id}`}
      isOpenAtFirst={isByKey ? 'by-key' : 'by-pointer'}
      trigger={
        <button type="button" className={styles.name} title={id}>
          {id}
        </button>
      }
    >
      <MenuItem icon={<Radio {...ICON} />} onSelect={() => navigate('live', { stream: id })}>
        Watch live
      </MenuItem>
      <MenuItem icon={<Film {...ICON} />} onSelect={() => navigate('recordings', { stream: id })}>
        Show its recordings
      </MenuItem>
      <MenuItem icon={<ListVideo {...ICON} />} onSelect={() => navigate('streams', { stream: id })}>
        Show in Streams
      </MenuItem>
      <MenuItem icon={<Copy {...ICON} />} onSelect={() => void copyName(id)}>
        Copy its name
      </MenuItem>
    </Menu>
  );
}

async function copyName(id: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(id);
    showToast({ text: `Copied “${id}”.` });
  } catch {
    showToast({ tone: 'bad', text: 'The browser does not let this page use the clipboard.' });
  }
}
