import { Copy, Film, ListVideo } from 'lucide-react';
import type { Recording, RecordingTrack } from '../../../src-shared/model/recording.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { CloseButton } from '../../components/close-button.tsx';
import detailStyles from '../../components/details.module.css';
import { FactList } from '../../components/fact-list.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatDurationUs } from '../../format/durations.ts';
import { formatBitRate, formatBytes, formatCounted } from '../../format/numbers.ts';
import { formatDateTime } from '../../format/times.ts';
import { hrefTo, navigate } from '../../router.ts';
import { showToast } from '../../stores/toast-store.ts';
import styles from './recording-details.module.css';
import { recordingProblems, recordingState } from './recording-words.ts';

const ICON = { size: 14, strokeWidth: 1.75, 'aria-hidden': true } as const;
const BITS_PER_BYTE = 8;

export interface RecordingDetailsProps {
  readonly recording: Recording;
  readonly nowUs: number;
  readonly zone: string;
  readonly onClose: () => void;
}

/** All that is known of a recording, and what can be done with it. */
export function RecordingDetails({ recording, nowUs, zone, onClose }: RecordingDetailsProps) {
  const { dir, endUs, node, segmentCount, sizeBytes, startUs, stream } = recording;
  const state = recordingState(recording, nowUs);
  const problems = recordingProblems(recording);
  const lengthUs = endUs - startUs;
  const bitrate = sizeBytes > 0 && lengthUs > 0 ? (sizeBytes * BITS_PER_BYTE * 1_000_000) / lengthUs : null;
  return (
    <div className={detailStyles.details}>
      <header className={detailStyles.header}>
        <h2 className={detailStyles.name}>{stream}</h2>
        <CloseButton label="Close the details" onClick={onClose} />
      </header>
      <span className={detailStyles.state}>
        <StateDot tone={state.tone} />
        {state.text}
      </span>
      {problems.map((text) => (
        <Callout key={text}>{text}</Callout>
      ))}
      <FactList
        facts={[
          { name: 'Start', value: formatDateTime(startUs, zone) },
          { name: 'End', value: formatDateTime(endUs, zone) },
          { name: 'Length', value: formatDurationUs(lengthUs) },
          {
            name: 'Node',
            value: (
              <a className={styles.link} href={hrefTo('cluster', { node })}>
                {node}
              </a>
            ),
          },
          { name: 'Pictures', value: trackText(recording.video) },
          { name: 'Sound', value: trackText(recording.audio) },
          { name: 'Size', value: sizeBytes > 0 ? formatBytes(sizeBytes) : 'not known yet' },
          { name: 'Mean rate', value: bitrate === null ? '–' : formatBitRate(bitrate) },
          { name: 'Segments', value: formatCounted(segmentCount, 'segment') },
          { name: 'Record id', value: recording.record || 'none' },
          { name: 'Folder', value: <code className={styles.path}>{dir || '/'}</code> },
        ]}
      />
      <div className={detailStyles.actions}>
        <Button
          tone="primary"
          icon={<Film {...ICON} />}
          onClick={() => navigate('recordings', { stream, at: startUs })}
        >
          Show on the timeline
        </Button>
        <Button
          icon={<ListVideo {...ICON} />}
          onClick={() => navigate('storage', { show: 'recordings', stream })}
        >
          All of this stream
        </Button>
        <Button icon={<Copy {...ICON} />} onClick={() => void copyPath(dir)}>
          Copy folder
        </Button>
      </div>
    </div>
  );
}

function trackText(track: RecordingTrack | null): string {
  if (!track) return 'none';
  const { channels, codec, height, width } = track;
  const size =
    width && height ? `${width} × ${height}` : channels ? formatCounted(channels, 'channel') : null;
  return [codec ?? 'not examined yet', size].filter((part) => part !== null).join(', ');
}

async function copyPath(dir: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(dir);
    showToast({ text: `Copied “${dir}”.` });
  } catch {
    showToast({ tone: 'bad', text: 'The browser does not let this page use the clipboard.' });
  }
}
