import { Bookmark as BookmarkIcon, Ellipsis, Pencil, Shield, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Bookmark } from '../../../src-shared/model/bookmark.ts';
import { Callout } from '../../components/callout.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { FilterField } from '../../components/text-field.tsx';
import { readBookmarks, useBookmarksStore } from '../../stores/bookmarks-store.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { useMayOperate } from '../../stores/rights.ts';
import { useZone } from '../../stores/settings-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import { changeBookmark, removeBookmark } from './bookmark-actions.ts';
import { BookmarkDialog } from './bookmark-dialog.tsx';
import styles from './bookmark-list.module.css';
import { bookmarksToList, bookmarkTime } from './bookmark-words.ts';

export interface BookmarkListProps {
  /** Streams with a lane. */
  readonly streams: readonly string[];
  readonly onGo: (bookmark: Bookmark) => void;
  readonly onAdd: () => void;
}

const SHOWN = 50;
/** A filter helps only where there is something to look through. */
const FILTER_FROM = 8;

/** The bookmarks of the lanes, newest first: jump to one, change it, delete it. */
export function BookmarkList({ streams, onGo, onAdd }: BookmarkListProps) {
  const { bookmarks, isComplete, phase, problem } = useBookmarksStore();
  const mayOperate = useMayOperate();
  const [text, setText] = useState('');
  const all = bookmarksToList(bookmarks, streams, '');
  const found = bookmarksToList(bookmarks, streams, text);
  return (
    <section className={styles.section} aria-label="Bookmarks">
      <header className={styles.head}>
        <h2 className={styles.caption}>Bookmarks</h2>
        <OperatorOnly>
          <button type="button" className={styles.add} onClick={onAdd} title="Bookmark this instant (B)">
            Add
          </button>
        </OperatorOnly>
      </header>
      {all.length >= FILTER_FROM && (
        <FilterField label="Filter bookmarks" value={text} onChange={setText} className={styles.filter} />
      )}
      {phase === 'failed' && (
        <Callout tone="bad" onRetry={() => void readBookmarks()}>
          {problem}
        </Callout>
      )}
      {phase === 'ready' && all.length === 0 && (
        <p className={styles.none}>
          {mayOperate
            ? 'Press B to mark the selection, or the instant under the playhead.'
            : 'There are none. An operator can add some.'}
        </p>
      )}
      {all.length > 0 && found.length === 0 && <p className={styles.none}>No label holds “{text.trim()}”.</p>}
      <ul className={styles.list}>
        {found.slice(0, SHOWN).map((bookmark) => (
          <Row key={bookmark.id} bookmark={bookmark} onGo={onGo} />
        ))}
      </ul>
      {(found.length > SHOWN || !isComplete) && (
        <p className={styles.none}>
          Older ones are not listed here. Narrow the list, or choose fewer streams.
        </p>
      )}
    </section>
  );
}

interface RowProps {
  readonly bookmark: Bookmark;
  readonly onGo: (bookmark: Bookmark) => void;
}

function askForChange(bookmark: Bookmark): void {
  showDialog((onClose) => (
    <BookmarkDialog
      title="Change bookmark"
      saveLabel="Save"
      initial={bookmark}
      stream={bookmark.stream}
      onSave={({ isProtected, label, stream }) => changeBookmark(bookmark.id, { isProtected, label, stream })}
      onClose={onClose}
    />
  ));
}

function Row({ bookmark, onGo }: RowProps) {
  const zone = useZone();
  const { createdBy, isProtected, label, stream } = bookmark;
  const name = label === '' ? 'Bookmark' : label;
  const by = createdBy === '' ? '' : ` · by ${createdBy}`;
  return (
    <li className={styles.row}>
      <button type="button" className={styles.go} title={`Go to it${by}`} onClick={() => onGo(bookmark)}>
        <span className={styles.icon}>
          {isProtected ? (
            <Shield size={14} strokeWidth={1.75} aria-label="Protected from retention" />
          ) : (
            <BookmarkIcon size={14} strokeWidth={1.75} aria-hidden />
          )}
        </span>
        <span className={styles.name}>{name}</span>
        <span className={styles.where}>
          {stream ?? 'All streams'} · {bookmarkTime(bookmark, zone)}
        </span>
      </button>
      <OperatorOnly>
        <Menu
          label={`Actions for ${name}`}
          trigger={
            <IconButton label={`Actions for ${name}`} hasTooltip={false}>
              <Ellipsis size={16} strokeWidth={1.75} aria-hidden />
            </IconButton>
          }
        >
          <MenuItem
            icon={<Pencil size={16} strokeWidth={1.75} aria-hidden />}
            onSelect={() => askForChange(bookmark)}
          >
            Change
          </MenuItem>
          <MenuItem
            isDanger
            icon={<Trash2 size={16} strokeWidth={1.75} aria-hidden />}
            onSelect={() => void removeBookmark(bookmark)}
          >
            Delete
          </MenuItem>
        </Menu>
      </OperatorOnly>
    </li>
  );
}
