import clsx from 'clsx';
import { Volume2 } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatClock, formatDate, formatNearDate } from '../../format/times.ts';
import { type PictureStatus, usePlayerStore } from '../../stores/player-store.ts';
import { useZone } from '../../stores/settings-store.ts';
import styles from './picture.module.css';
import { usePlayback } from './playback-context.ts';
import { codecName } from './player-recovery.ts';

export interface PictureProps {
  readonly stream: string;
  readonly isActive: boolean;
  /** More than one picture is shown, so that the active one is framed. */
  readonly isOneOfMany: boolean;
  readonly isRecording: boolean;
  readonly onActivate: () => void;
}

/** One stream's picture with its name, its clock and, where there is none, why. */
export function Picture({ stream, isActive, isOneOfMany, isRecording, onActivate }: PictureProps) {
  const playback = usePlayback();
  const video = useRef<HTMLVideoElement>(null);
  const status = usePlayerStore((state) => state.statuses[stream]);
  const isAudible = usePlayerStore((state) => isActive && !state.isMuted && state.volume > 0);
  useEffect(() => (video.current ? playback.attach(stream, video.current) : undefined), [playback, stream]);

  return (
    <figure
      className={clsx(styles.picture, isActive && isOneOfMany && styles.active)}
      aria-label={`Picture of ${stream}`}
      data-state={status?.kind ?? 'idle'}
    >
      {/* Starts silent; the session gives the active picture its sound. */}
      <video
        ref={video}
        className={styles.video}
        muted
        playsInline
        preload="auto"
        tabIndex={-1}
        aria-label={stream}
      />
      <button type="button" className={styles.choose} aria-pressed={isActive} onClick={onActivate}>
        <span className="visually-hidden">Choose {stream}</span>
      </button>
      <figcaption className={styles.name}>
        <StateDot tone={isRecording ? 'rec' : 'idle'} label={isRecording ? 'Recording' : 'Not recording'} />
        {stream}
      </figcaption>
      {isAudible && isOneOfMany && (
        <span className={styles.sound} role="img" aria-label="Its sound is heard">
          <Volume2 size={13} strokeWidth={1.75} aria-hidden />
        </span>
      )}
      <PictureClock stream={stream} />
      <PictureFormat stream={stream} video={video} />
      <PictureNotice stream={stream} status={status} />
    </figure>
  );
}

/** Clock of this picture, written on each frame without going through React. */
function PictureClock({ stream }: { readonly stream: string }) {
  const playback = usePlayback();
  const zone = useZone();
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let frame = 0;
    const write = (): void => {
      frame = requestAnimationFrame(write);
      const player = playback.player(stream);
      const us = player && player.status.kind !== 'gap' ? (player.positionUs() ?? null) : null;
      const text = us === null ? '' : `${formatDate(us, zone)} ${formatClock(us, zone, 'milliseconds')}`;
      if (!element.current || element.current.textContent === text) return;
      element.current.textContent = text;
      element.current.hidden = text === '';
    };
    frame = requestAnimationFrame(write);
    return () => cancelAnimationFrame(frame);
  }, [playback, stream, zone]);
  return <span ref={element} className={styles.clock} hidden />;
}

/** Codec and height, once they are known. */
function PictureFormat({
  stream,
  video,
}: {
  readonly stream: string;
  readonly video: React.RefObject<HTMLVideoElement | null>;
}) {
  const playback = usePlayback();
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const source = video.current;
    if (!source) return;
    const write = (): void => {
      const codec = codecName(playback.player(stream)?.videoCodec ?? null);
      const height = source.videoHeight > 0 ? `${source.videoHeight}p` : null;
      const text = [codec, height].filter(Boolean).join(' · ');
      if (!element.current) return;
      element.current.textContent = text;
      element.current.hidden = text === '';
    };
    source.addEventListener('loadeddata', write);
    source.addEventListener('resize', write);
    return () => {
      source.removeEventListener('loadeddata', write);
      source.removeEventListener('resize', write);
    };
  }, [playback, stream, video]);
  return <span ref={element} className={styles.format} hidden />;
}

/** Why there is no picture, and what can be done. */
function PictureNotice({
  stream,
  status,
}: {
  readonly stream: string;
  readonly status: PictureStatus | undefined;
}) {
  const playback = usePlayback();
  const zone = useZone();
  if (status?.kind === 'loading')
    return <span className={styles.loading} role="status" aria-label={`Loading ${stream}`} />;
  if (status?.kind === 'failed')
    return (
      <div className={styles.notice} role="status">
        <p>{status.message}</p>
        <Button onClick={() => playback.seek(usePlayerStore.getState().playheadUs ?? 0)}>Try again</Button>
      </div>
    );
  if (status?.kind !== 'gap') return null;
  const { beforeUs, afterUs } = status;
  return (
    <div className={styles.notice} role="status">
      <p>Nothing recorded here.</p>
      <div className={styles.jumps}>
        {afterUs !== null && (
          <Button onClick={() => playback.seek(afterUs, true)}>Go to {nearTime(afterUs, zone)}</Button>
        )}
        {afterUs === null && beforeUs !== null && (
          <Button onClick={() => playback.seek(beforeUs - 10_000_000, true)}>
            Back to {nearTime(beforeUs, zone)}
          </Button>
        )}
      </div>
    </div>
  );
}

/** A clock, with its date where that is not the date of the playhead. */
function nearTime(us: number, zone: string): string {
  const { playheadUs } = usePlayerStore.getState();
  const clock = formatClock(us, zone, 'seconds');
  const isSameDay = playheadUs !== null && formatDate(playheadUs, zone) === formatDate(us, zone);
  return isSameDay ? clock : `${formatNearDate(us, zone)} ${clock}`;
}
