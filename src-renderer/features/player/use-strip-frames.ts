import { useEffect, useRef, useState } from 'react';
import { isAborted } from '../../api/client.ts';
import { usePlayerStore } from '../../stores/player-store.ts';
import { usePlayback } from './playback-context.ts';
import { type StripFrame, StripFrames } from './strip-frames.ts';
import { StripSource } from './strip-source.ts';

/** A playhead that is dragged asks for nothing. */
const REST_MS = 120;

export type StripPhase = 'reading' | 'ready' | 'none';

export interface Strip {
  /** The frame under the playhead in the middle; undefined where one is not read, or not there. */
  readonly frames: readonly (StripFrame<ImageBitmap> | undefined)[];
  readonly phase: StripPhase;
}

/** Frames of a stream around the playhead, `reach` at each side and `heightPx` high, read while nothing plays. */
export function useStripFrames(stream: string, reach: number, heightPx: number): Strip {
  const playback = usePlayback();
  const isPlaying = usePlayerStore((state) => state.isPlaying);
  const playheadUs = usePlayerStore((state) => state.playheadUs);
  const strip = useRef<StripFrames<ImageBitmap> | null>(null);
  const [phase, setPhase] = useState<StripPhase>('reading');
  const [, redraw] = useState(0);
  useEffect(() => {
    const video = document.createElement('video');
    video.muted = true;
    video.preload = 'auto';
    const player = playback.createSidePlayer(stream, video);
    const created = new StripFrames(new StripSource(player, heightPx), () => redraw((count) => count + 1));
    strip.current = created;
    return () => {
      strip.current = null;
      created.dispose();
      player.dispose();
    };
  }, [playback, stream, heightPx]);
  useEffect(() => {
    // Another stream, or another size, begins anew.
    void stream;
    void heightPx;
    if (isPlaying || playheadUs === null || reach < 0) return;
    const stop = new AbortController();
    setPhase('reading');
    const timer = setTimeout(() => {
      strip.current?.read(playheadUs, reach, stop.signal).then(
        (isThere) => {
          if (!stop.signal.aborted) setPhase(isThere ? 'ready' : 'none');
        },
        (error: unknown) => {
          if (!stop.signal.aborted && !isAborted(error)) setPhase('none');
        },
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [stream, heightPx, isPlaying, playheadUs, reach]);
  const frames = playheadUs === null || reach < 0 ? [] : (strip.current?.around(playheadUs, reach) ?? []);
  return { frames, phase };
}
