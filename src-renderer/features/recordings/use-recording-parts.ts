import { useEffect, useState } from 'react';
import { liveEvents } from '../../api/live-events.ts';
import { useRecordingsStore } from '../../stores/recordings-store.ts';
import { PlaybackSession } from '../player/playback-session.ts';
import { type CoverageSource, createCoverageSource } from '../timeline/coverage-source.ts';

/** What lives as long as the view. */
export interface RecordingParts {
  readonly playback: PlaybackSession;
  readonly source: CoverageSource;
}

const RETRY_MS = 4000;

/** Makes the parts of the view, keeps the list of streams right, and ends all of it with the view. */
export function useRecordingParts(): RecordingParts | null {
  const [parts, setParts] = useState<RecordingParts | null>(null);
  useEffect(() => {
    const playback = new PlaybackSession();
    const source = createCoverageSource();
    const controller = new AbortController();
    const { load, applyCoverage } = useRecordingsStore.getState();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      clearTimeout(timer);
      await load(controller.signal);
      const isFailed = useRecordingsStore.getState().error !== null;
      if (isFailed && !controller.signal.aborted) timer = setTimeout(() => void read(), RETRY_MS);
    };
    playback.start();
    void read();
    const stops = [liveEvents.onConnect(() => void read()), liveEvents.on('coverage', applyCoverage)];
    setParts({ playback, source });
    return () => {
      clearTimeout(timer);
      controller.abort();
      for (const stop of stops) stop();
      playback.dispose();
      source.dispose();
    };
  }, []);
  return parts;
}
