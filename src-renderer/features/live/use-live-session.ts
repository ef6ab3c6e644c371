import { type RefObject, useEffect, useRef, useState } from 'react';
import { startWhepSession, type WhepSession, type WhepStatus } from '../../api/whep-session.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { type Obstacle, obstacleOf } from './live-obstacle.ts';

/** What this browser can decode; asked once. */
let decodableTypes: readonly string[] | null = null;

function decodable(): readonly string[] {
  decodableTypes ??= (globalThis.RTCRtpReceiver?.getCapabilities('video')?.codecs ?? []).map(
    ({ mimeType }) => mimeType,
  );
  return decodableTypes;
}

export interface LiveSession {
  readonly status: WhepStatus;
  /** What stands in the way; null while it plays or is tried. */
  readonly obstacle: Obstacle | null;
  readonly session: RefObject<WhepSession | null>;
}

/** Plays a stream into a video element for as long as the component is there and nothing stands in the way. */
export function useLiveSession(stream: string, video: RefObject<HTMLVideoElement | null>): LiveSession {
  const [status, setStatus] = useState<WhepStatus>({ kind: 'connecting' });
  const session = useRef<WhepSession | null>(null);
  const obstacle = useObstacle(stream);
  // What plays goes on playing, even where the node was not heard of for a while.
  const isWanted = obstacle === null || (status.kind === 'playing' && obstacle.kind !== 'undecodable');
  useEffect(() => {
    if (!isWanted) return;
    const ender = new AbortController();
    const element = video.current;
    session.current = startWhepSession({
      stream,
      signal: ender.signal,
      onStatus: setStatus,
      onMedia: (media) => {
        if (element && !ender.signal.aborted) element.srcObject = media;
      },
    });
    return () => {
      ender.abort();
      session.current = null;
      if (element) element.srcObject = null;
    };
  }, [stream, isWanted, video]);
  return { status, obstacle: isWanted ? null : obstacle, session };
}

function useObstacle(id: string): Obstacle | null {
  const isKnown = useClusterStore((state) => state.phase === 'ready');
  const stream = useClusterStore((state) => state.streams.find((known) => known.id === id));
  const nodes = useClusterStore((state) => state.nodes);
  return obstacleOf({ isKnown, stream, nodes, decodable: decodable() });
}
