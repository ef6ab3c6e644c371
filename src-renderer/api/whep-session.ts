import { countMedia, type MediaVerdict, MediaWatch } from './media-watch.ts';
import { connectWhep, WhepError } from './whep-connection.ts';
import { retryDelayMs, type WhepTrouble } from './whep-trouble.ts';

/** `waiting`: it failed and is tried again at `retryAtMs` (of `Date.now()`). */
export type WhepStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'playing' }
  | { readonly kind: 'waiting'; readonly trouble: WhepTrouble; readonly retryAtMs: number };

export interface WhepSessionOptions {
  readonly stream: string;
  /** Ends all of it: the connection, the session on the node and every timer. */
  readonly signal: AbortSignal;
  readonly onStatus: (status: WhepStatus) => void;
  /** The media of each new connection, before anything arrives. */
  readonly onMedia: (media: MediaStream) => void;
}

export interface WhepSession {
  /** Statistics of the connection; null while there is none. */
  stats(): Promise<RTCStatsReport | null>;
  /** Tries at once instead of at the end of the pause. */
  retryNow(): void;
}

const WATCH_EVERY_MS = 500;

/**
 * Plays a stream through the manager for as long as `signal` lets it: connects, watches what arrives, and tries again
 * with growing pauses when it fails or stops. All decisions are taken in `run`.
 */
export function startWhepSession(options: WhepSessionOptions): WhepSession {
  const { signal, onStatus } = options;
  let current: RTCPeerConnection | null = null;
  let wake = (): void => {};

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      wake = done;
    });

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      onStatus({ kind: 'connecting' });
      const trouble = await playOnce(options, {
        onConnection: (pc) => {
          current = pc;
        },
        onPlaying: () => {
          failures = 0;
          onStatus({ kind: 'playing' });
        },
      });
      current = null;
      if (signal.aborted) return;
      failures += 1;
      const delayMs = retryDelayMs(failures, Math.random());
      onStatus({ kind: 'waiting', trouble, retryAtMs: Date.now() + delayMs });
      await pause(delayMs);
    }
  }
  void run();

  return {
    stats: async () => (current && current.connectionState !== 'closed' ? current.getStats() : null),
    retryNow: () => wake(),
  };
}

interface Hooks {
  readonly onConnection: (pc: RTCPeerConnection) => void;
  readonly onPlaying: () => void;
}

/** One connection from offer to end; resolves with why it ended, having left nothing behind. */
async function playOnce({ stream, signal, onMedia }: WhepSessionOptions, hooks: Hooks): Promise<WhepTrouble> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  // Also the page going away ends the session on the node.
  window.addEventListener('pagehide', () => ended.abort(), { signal: either });
  either.addEventListener('abort', () => pc.close(), { once: true });
  try {
    await connectWhep(pc, stream, either);
    hooks.onConnection(pc);
    onMedia(new MediaStream(pc.getReceivers().map((receiver) => receiver.track)));
    return TROUBLES[await watch(pc, either, hooks.onPlaying)];
  } catch (error) {
    return error instanceof WhepError ? error.trouble : TROUBLES.lost;
  } finally {
    ended.abort();
  }
}

type EndVerdict = Exclude<MediaVerdict, 'starting' | 'playing'>;

const TROUBLES: Readonly<Record<EndVerdict, WhepTrouble>> = {
  nothing: {
    kind: 'no-media',
    message:
      'The node answered, but no picture comes through. A firewall may hold back UDP between it and this computer.',
  },
  undecodable: {
    kind: 'undecodable',
    message: 'Packets arrive, but this computer can make no picture of them.',
  },
  lost: { kind: 'lost', message: 'The picture stopped coming.' },
};

/** Resolves once nothing (more) arrives on the connection, or the signal ends it. */
function watch(pc: RTCPeerConnection, signal: AbortSignal, onPlaying: () => void): Promise<EndVerdict> {
  const media = new MediaWatch(performance.now());
  return new Promise((resolve) => {
    let isPlaying = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const finish = (verdict: EndVerdict): void => {
      clearTimeout(timer);
      resolve(verdict);
    };
    const look = async (): Promise<void> => {
      const report = await pc.getStats().catch(() => null);
      if (signal.aborted || report === null || pc.connectionState === 'failed') {
        finish(isPlaying ? 'lost' : 'nothing');
        return;
      }
      const verdict = media.judge(countMedia(report, performance.now()));
      if (verdict === 'playing' && !isPlaying) {
        isPlaying = true;
        onPlaying();
      }
      if (verdict === 'starting' || verdict === 'playing')
        timer = setTimeout(() => void look(), WATCH_EVERY_MS);
      else finish(verdict);
    };
    signal.addEventListener('abort', () => finish('lost'), { once: true });
    void look();
  });
}
