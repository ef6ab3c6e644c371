import { useShallow } from 'zustand/react/shallow';
import { usePlayerStore } from '../../stores/player-store.ts';
import { lanesOf, type RecordingsState, useRecordingsStore } from '../../stores/recordings-store.ts';
import { Picture } from './picture.tsx';
import styles from './picture-grid.module.css';
import { visiblePictures } from './playback-director.ts';

/** What stands where pictures would be; nothing while the list is being read or cannot be. */
function emptyHint(state: Pick<RecordingsState, 'phase' | 'streams'>): string {
  if (state.phase !== 'ready') return '';
  return state.streams.length > 0
    ? 'Choose a stream at the left to see its recordings.'
    : 'Recordings appear here as soon as a node records.';
}

/** The pictures of the chosen streams, as many as the layout has room for. */
export function PictureGrid() {
  const layout = usePlayerStore((state) => state.layout);
  const active = useRecordingsStore((state) => state.active);
  const setActive = useRecordingsStore((state) => state.setActive);
  const lanes = useRecordingsStore(useShallow(lanesOf));
  const hint = useRecordingsStore(emptyHint);
  const names = lanes.map(({ stream }) => stream);
  const shown = visiblePictures(names, active, layout);
  if (shown.length === 0) return <div className={styles.empty}>{hint}</div>;
  return (
    <div className={styles.grid} data-columns={Math.ceil(Math.sqrt(shown.length))}>
      {shown.map((stream) => (
        <Picture
          key={stream}
          stream={stream}
          isActive={stream === active}
          isOneOfMany={shown.length > 1}
          isRecording={lanes.some((lane) => lane.stream === stream && lane.isRecording)}
          onActivate={() => setActive(stream)}
        />
      ))}
    </div>
  );
}
