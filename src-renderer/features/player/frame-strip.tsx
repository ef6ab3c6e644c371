import { useEffect, useRef, useState } from 'react';
import { formatClock } from '../../format/times.ts';
import { usePlayerStore } from '../../stores/player-store.ts';
import styles from './frame-strip.module.css';
import { usePlayback } from './playback-context.ts';
import type { StripFrame } from './strip-frames.ts';
import { useStripFrames } from './use-strip-frames.ts';

export interface FrameStripProps {
  /** The stream whose frames are shown. */
  readonly stream: string;
  readonly zone: string;
}

/** Its height, as its style has it. */
export const FRAME_STRIP_PX = 68;
const TILE_WIDTH_PX = 72;
const TILE_HEIGHT_PX = 40;
const TILE_GAP_PX = 4;
const MOST_AT_EACH_SIDE = 12;

/** Single frames around the playhead while nothing plays: the one on screen in the middle, each a way to go there. */
export function FrameStrip({ stream, zone }: FrameStripProps) {
  const playback = usePlayback();
  const isPlaying = usePlayerStore((state) => state.isPlaying);
  const stage = useRef<HTMLDivElement>(null);
  const reach = useReach(stage);
  const heightPx = Math.round(TILE_HEIGHT_PX * Math.min(2, window.devicePixelRatio));
  const { frames, phase } = useStripFrames(stream, reach, heightPx);
  const middle = frames[reach];
  const tiles = frames.map((frame, index) => ({ frame, place: index - reach }));
  const isEmpty = phase === 'none' && !middle;
  return (
    <section className={styles.row} aria-label={`Frames of ${stream}`}>
      <div className={styles.label}>
        <span>Frames</span>
        <span className={styles.stream}>{stream}</span>
      </div>
      <div ref={stage} className={styles.stage} aria-busy={phase === 'reading' && !isPlaying}>
        {isPlaying && <p className={styles.words}>Pause to see the frames around the playhead.</p>}
        {!isPlaying && isEmpty && <p className={styles.words}>No pictures are recorded here.</p>}
        {!isPlaying && !isEmpty && (
          <ol className={styles.tiles}>
            {tiles.map(({ frame, place }) => (
              <li key={place} className={styles.tile}>
                {frame ? (
                  <FrameTile
                    frame={frame}
                    offsetUs={middle ? frame.us - middle.us : null}
                    isMiddle={place === 0}
                    zone={zone}
                    onGo={() => playback.seek(frame.us)}
                  />
                ) : (
                  <span className={styles.missing} data-end={phase === 'ready' || undefined} />
                )}
              </li>
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}

interface FrameTileProps {
  readonly frame: StripFrame<ImageBitmap>;
  /** From the frame in the middle; null while that one is not there. */
  readonly offsetUs: number | null;
  readonly isMiddle: boolean;
  readonly zone: string;
  readonly onGo: () => void;
}

function FrameTile({ frame, isMiddle, offsetUs, onGo, zone }: FrameTileProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { picture, us } = frame;
  useEffect(() => {
    const surface = canvas.current;
    if (!surface || picture.width === 0) return;
    surface.width = picture.width;
    surface.height = picture.height;
    surface.getContext('2d')?.drawImage(picture, 0, 0);
  }, [picture]);
  const clock = formatClock(us, zone, 'milliseconds');
  return (
    <button
      type="button"
      className={styles.frame}
      // One stop for Tab: the arrow keys of the view go from frame to frame.
      tabIndex={isMiddle ? 0 : -1}
      aria-current={isMiddle ? 'time' : undefined}
      aria-label={isMiddle ? `${clock}, on screen` : clock}
      title={clock}
      onClick={onGo}
    >
      <canvas ref={canvas} className={styles.picture} aria-hidden />
      <span className={styles.time}>{isMiddle || offsetUs === null ? clock : offsetText(offsetUs)}</span>
    </button>
  );
}

/** "−80 ms", "+1.24 s". */
export function offsetText(offsetUs: number): string {
  const ms = Math.round(Math.abs(offsetUs) / 1000);
  const sign = offsetUs < 0 ? '−' : '+';
  return ms < 1000 ? `${sign}${ms} ms` : `${sign}${(ms / 1000).toFixed(2)} s`;
}

/** How many tiles there is room for at each side of the middle one; -1 before that is known. */
function useReach(ref: React.RefObject<HTMLElement | null>): number {
  const [reach, setReach] = useState(-1);
  useEffect(() => {
    const stage = ref.current;
    if (!stage) return;
    const measure = (): void => {
      const sidePx = (stage.clientWidth - TILE_WIDTH_PX) / 2 - TILE_GAP_PX;
      const fitting = Math.floor(sidePx / (TILE_WIDTH_PX + TILE_GAP_PX));
      setReach(Math.min(MOST_AT_EACH_SIDE, Math.max(0, fitting)));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(stage);
    measure();
    return () => observer.disconnect();
  }, [ref]);
  return reach;
}
