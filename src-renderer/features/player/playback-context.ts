import { createContext, useContext } from 'react';
import type { PlaybackSession } from './playback-session.ts';

const PlaybackContext = createContext<PlaybackSession | null>(null);

export const PlaybackProvider = PlaybackContext.Provider;

/** The playback of the Recordings view around this component. */
export function usePlayback(): PlaybackSession {
  const session = useContext(PlaybackContext);
  if (!session) throw new Error('This component is only for the Recordings view.');
  return session;
}
