import { CloseButton } from '../../components/close-button.tsx';
import { formatDurationUs } from '../../format/durations.ts';
import { formatCount, formatCounted } from '../../format/numbers.ts';
import { parseLengthUs, parseTime } from '../../format/time-parser.ts';
import { formatClock, formatDate, formatShortDate } from '../../format/times.ts';
import { useZone } from '../../stores/settings-store.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';
import { selectionBetween, withLength } from '../timeline/timeline-selection.ts';
import styles from './detail-panel.module.css';
import { Fact } from './fact.tsx';
import { TimeEntry } from './time-entry.tsx';

export interface SelectionCardProps {
  readonly streamCount: number;
  /** Frames of all streams together; null while not known. */
  readonly videoFrames: number | null;
}

/** The selected range: start, end and length can be typed. */
export function SelectionCard({ streamCount, videoFrames }: SelectionCardProps) {
  const zone = useZone();
  const selection = useTimelineStore((state) => state.selection);
  const setSelection = useTimelineStore((state) => state.setSelection);
  const shown = (us: number): string => {
    const isOneDay = selection && formatDate(selection.startUs, zone) === formatDate(selection.endUs, zone);
    const clock = formatClock(us, zone, 'milliseconds');
    return isOneDay ? clock : `${formatShortDate(us, zone)} ${clock}`;
  };
  const typed = (text: string, edge: 'startUs' | 'endUs'): string | null => {
    if (!selection) return null;
    const referenceUs = selection[edge];
    const parsed = parseTime(text, { timeZone: zone, referenceUs, nowUs: Date.now() * 1000 });
    if (!parsed.ok) return parsed.message;
    const other = edge === 'startUs' ? selection.endUs : selection.startUs;
    setSelection(selectionBetween(parsed.us, other) ?? selection);
    return null;
  };
  const typedLength = (text: string): string | null => {
    const lengthUs = parseLengthUs(text);
    if (!selection || lengthUs === null || lengthUs <= 0) return 'Type a length, for example 90 s or 1:30.';
    setSelection(withLength(selection, lengthUs));
    return null;
  };
  return (
    <div className={styles.card} data-testid="selection">
      <TimeEntry
        label="From"
        text={selection ? shown(selection.startUs) : '–'}
        isDisabled={!selection}
        onSubmit={(text) => typed(text, 'startUs')}
      />
      <TimeEntry
        label="To"
        text={selection ? shown(selection.endUs) : '–'}
        isDisabled={!selection}
        onSubmit={(text) => typed(text, 'endUs')}
      />
      <TimeEntry
        label="Length"
        text={selection ? formatDurationUs(selection.endUs - selection.startUs) : '–'}
        isDisabled={!selection}
        onSubmit={typedLength}
      />
      <dl>
        <Fact name="Streams">
          {selection &&
            (videoFrames === null
              ? streamCount
              : `${streamCount} · ${formatCount(videoFrames)} ${videoFrames === 1 ? 'frame' : 'frames'}`)}
        </Fact>
      </dl>
    </div>
  );
}

/** Head of the panel, with the button that closes it. */
export function DetailHead({ onClose }: { readonly onClose: () => void }) {
  const hasSelection = useTimelineStore((state) => state.selection !== null);
  return (
    <header className={styles.head}>
      <h2>{hasSelection ? 'Selection' : 'Nothing selected'}</h2>
      <CloseButton label="Close this panel" onClick={onClose} />
    </header>
  );
}

/** Words for a number of clips. */
export function exportLabel(fileCount: number): string {
  return fileCount <= 1 ? 'Export clip' : `Export ${formatCounted(fileCount, 'clip')}`;
}
