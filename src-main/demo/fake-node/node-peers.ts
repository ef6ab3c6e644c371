import { sessionOfUrl } from '../../../src-shared/util/relay-ends.ts';
import type { NodeSession } from './node-session.ts';

/** What becomes of a session whose other end, on another simulated node, does something that only media would tell. */
interface Peer {
  readonly session: NodeSession;
  /** The other end is gone without a word. */
  readonly onVanish: () => void;
}

/**
 * Sessions of all simulated nodes of this process by identifier: there are no media between them that would end or
 * fall silent.
 */
const peers = new Map<string, Peer>();

/** Makes a session known to the other ends of relays, until it ends or its node closes. */
export function notePeer(session: NodeSession, closed: AbortSignal, onVanish: () => void): void {
  peers.set(session.id, { session, onVanish });
  const forget = () => peers.delete(session.id);
  session.onEnd(() => {
    forget();
    closed.removeEventListener('abort', forget);
  });
  closed.addEventListener('abort', forget, { once: true });
}

/** Nothing comes any more to the session at `sessionUrl`; its connection stands. */
export function silencePeer(sessionUrl: string | undefined): void {
  peerAt(sessionUrl)?.session.silence();
}

/** The connection of the session at `sessionUrl` is gone without a word. */
export function vanishFromPeer(sessionUrl: string | undefined): void {
  peerAt(sessionUrl)?.onVanish();
}

function peerAt(sessionUrl: string | undefined): Peer | undefined {
  return peers.get(sessionOfUrl(sessionUrl) ?? '');
}
