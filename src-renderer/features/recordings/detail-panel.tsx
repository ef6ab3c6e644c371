import { useShallow } from 'zustand/react/shallow';
import type { Bookmark } from '../../../src-shared/model/bookmark.ts';
import { lanesOf, useRecordingsStore } from '../../stores/recordings-store.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';
import { savedChoice, useSaved } from '../../stores/use-saved.ts';
import { BookmarkList } from '../bookmarks/bookmark-list.tsx';
import styles from './detail-panel.module.css';
import { ExportPane, type ExportScope } from './export-pane.tsx';
import { summarise } from './preview-summary.ts';
import { RunningExports } from './running-exports.tsx';
import { DetailHead, SelectionCard } from './selection-card.tsx';
import { UnderPlayhead } from './under-playhead.tsx';
import { useExportPreviews } from './use-export-preview.ts';

export interface DetailPanelProps {
  readonly onClose: () => void;
  readonly onGo: (bookmark: Bookmark) => void;
  readonly onBookmark: () => void;
}

const readScope = savedChoice<ExportScope>(['active', 'all'], 'active');

/** The right panel: selection and export above, the instant under the playhead below. */
export function DetailPanel({ onClose, onGo, onBookmark }: DetailPanelProps) {
  const [scope, setScope] = useSaved('export-scope', readScope);
  const selection = useTimelineStore((state) => state.selection);
  const active = useRecordingsStore((state) => state.active);
  const lanes = useRecordingsStore(useShallow((state) => lanesOf(state).map(({ stream }) => stream)));
  const streams = scope === 'all' ? lanes : active ? [active] : [];
  const summary = summarise(streams, useExportPreviews(streams, selection));
  return (
    <div className={styles.panel}>
      <DetailHead onClose={onClose} />
      <div className={styles.scroll}>
        <SelectionCard
          streamCount={streams.length}
          videoFrames={
            selection && summary.isComplete && summary.streams.length > 0 ? summary.videoFrames : null
          }
        />
        {selection ? (
          <ExportPane
            selection={selection}
            active={active}
            laneCount={lanes.length}
            scope={scope}
            onScopeChange={setScope}
            summary={summary}
          />
        ) : (
          <p className={styles.how}>
            Drag over a lane of the timeline to select a range, or press I and O at the playhead.
          </p>
        )}
        <RunningExports />
        <BookmarkList streams={lanes} onGo={onGo} onAdd={onBookmark} />
        <span className={styles.space} />
        <UnderPlayhead stream={active} />
      </div>
    </div>
  );
}
