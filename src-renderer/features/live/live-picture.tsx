import clsx from 'clsx';
import { ChartNoAxesColumn, Film, History, Maximize, Volume2, VolumeX, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { navigate } from '../../router.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { LiveNotice } from './live-notice.tsx';
import styles from './live-picture.module.css';
import { LiveStatsPanel } from './live-stats-panel.tsx';
import { withoutStream } from './live-wall.ts';
import { RecordButton } from './record-button.tsx';
import { toggleFullScreen } from './toggle-full-screen.ts';
import { useLiveSession } from './use-live-session.ts';
import { changeWall } from './use-wall.ts';

const ICON = { size: 15, strokeWidth: 1.75, 'aria-hidden': true } as const;
const BACK_US = 30_000_000;

export interface LivePictureProps {
  readonly stream: string;
  readonly isActive: boolean;
  /** More than one picture is shown, so that the active one is framed. */
  readonly isOneOfMany: boolean;
  readonly hasSound: boolean;
  readonly hasStats: boolean;
}

/** One live stream: its picture, or in words why there is none, and what can be done with it. */
export function LivePicture({ stream, isActive, isOneOfMany, hasSound, hasStats }: LivePictureProps) {
  const figure = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [isStatsWanted, setStatsWanted] = useState(false);
  const { status, obstacle, session } = useLiveSession(stream, video);
  const isRecording = useClusterStore(
    (state) => state.streams.find((known) => known.id === stream)?.isRecording ?? false,
  );
  const isAudible = isActive && hasSound;
  const isPlaying = status.kind === 'playing' && obstacle === null;
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.muted = !isAudible;
    if (!isAudible || !isPlaying) return;
    // Without a click before, a browser forbids sound: then at least the picture plays.
    element.play().catch(() => {
      element.muted = true;
      void element.play().catch(() => {});
    });
  }, [isAudible, isPlaying]);

  const activate = (): void => changeWall((wall) => ({ ...wall, active: stream }));
  return (
    <figure
      ref={figure}
      className={clsx(styles.picture, isActive && isOneOfMany && styles.active)}
      aria-label={`Live picture of ${stream}`}
      data-state={obstacle?.kind ?? status.kind}
    >
      <video
        ref={video}
        className={styles.video}
        autoPlay
        muted
        playsInline
        tabIndex={-1}
        aria-label={stream}
      />
      <button type="button" className={styles.choose} aria-pressed={isActive} onClick={activate}>
        <span className="visually-hidden">Choose {stream}</span>
      </button>
      <figcaption className={styles.name}>
        <StateDot tone={isRecording ? 'rec' : 'idle'} label={isRecording ? 'Recording' : 'Not recording'} />
        <span className={styles.nameText}>{stream}</span>
        <PictureHeight video={video} />
      </figcaption>
      {isAudible && isPlaying && (
        <span className={styles.sound} role="img" aria-label="Its sound is heard">
          <Volume2 size={13} strokeWidth={1.75} aria-hidden />
        </span>
      )}
      <LiveNotice
        stream={stream}
        status={status}
        obstacle={obstacle}
        onRetry={() => session.current?.retryNow()}
      />
      {(hasStats || isStatsWanted) && isPlaying && <LiveStatsPanel stream={stream} session={session} />}
      <div className={styles.tools}>
        <RecordButton
          stream={stream}
          isRecording={isRecording}
          className={clsx(styles.tool, styles.worded, isRecording && styles.recording)}
        />
        <Button
          className={clsx(styles.tool, styles.worded)}
          aria-label={`${stream}: 30 s back`}
          onClick={() => goBack(stream)}
          icon={<History {...ICON} />}
        >
          30 s back
        </Button>
        <IconButton
          label={`Recordings of ${stream}`}
          className={styles.tool}
          onClick={() => navigate('recordings', { stream })}
        >
          <Film {...ICON} />
        </IconButton>
        <span className={styles.space} />
        <IconButton
          label={isAudible ? 'Sound off' : `Hear ${stream}`}
          className={styles.tool}
          aria-pressed={isAudible}
          onClick={() => changeWall((wall) => ({ ...wall, active: stream, hasSound: !isAudible }))}
        >
          {isAudible ? <Volume2 {...ICON} /> : <VolumeX {...ICON} />}
        </IconButton>
        <IconButton
          label={`Statistics of ${stream}`}
          className={styles.tool}
          aria-pressed={hasStats || isStatsWanted}
          disabled={hasStats}
          onClick={() => setStatsWanted(!isStatsWanted)}
        >
          <ChartNoAxesColumn {...ICON} />
        </IconButton>
        <IconButton
          label={`Full screen of ${stream}`}
          className={styles.tool}
          onClick={() => void toggleFullScreen(figure.current)}
        >
          <Maximize {...ICON} />
        </IconButton>
        <IconButton
          label={`Close ${stream}`}
          className={styles.tool}
          onClick={() => changeWall((wall) => withoutStream(wall, stream))}
        >
          <X {...ICON} />
        </IconButton>
      </div>
    </figure>
  );
}

function goBack(stream: string): void {
  navigate('recordings', { stream, at: Date.now() * 1000 - BACK_US });
}

/** "720p", once it is known. */
function PictureHeight({ video }: { readonly video: React.RefObject<HTMLVideoElement | null> }) {
  const [heightPx, setHeightPx] = useState(0);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const read = (): void => setHeightPx(element.videoHeight);
    element.addEventListener('resize', read);
    element.addEventListener('emptied', read);
    return () => {
      element.removeEventListener('resize', read);
      element.removeEventListener('emptied', read);
    };
  }, [video]);
  return heightPx > 0 && <span className={styles.height}>{heightPx}p</span>;
}
