import { LIVE_EVENT_NAMES, type LiveEventName, type LiveEvents } from '../../src-shared/contract/events.ts';
import { api } from './client.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** The manager sends at least its status; a connection without a word for so long is taken for dead. */
const SILENCE_MS = 30_000;

/** `lost`: the connection failed and is being tried again. */
export type LiveConnection = 'connecting' | 'live' | 'lost';

type Listener<N extends LiveEventName> = (data: LiveEvents[N]) => void;

export interface LiveEventStream {
  start(): void;
  stop(): void;
  /** Listens to one kind of message. Returns how to stop listening. */
  on<N extends LiveEventName>(name: N, listener: Listener<N>): () => void;
  /** Called on each (re)connect, before messages flow: the time to read the state again. */
  onConnect(listener: () => void): () => void;
  onConnectionChange(listener: (connection: LiveConnection) => void): () => void;
}

/** Reads `GET /api/events` for as long as it is started, with back-off between attempts. */
export function createLiveEventStream(
  createSource: () => EventSource = () => new EventSource(api.url('getEvents')),
): LiveEventStream {
  const listeners = new Map<LiveEventName, Set<(data: never) => void>>();
  const connectListeners = new Set<() => void>();
  const connectionListeners = new Set<(connection: LiveConnection) => void>();
  let source: EventSource | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;
  let retryMs = FIRST_RETRY_MS;

  function tell(connection: LiveConnection): void {
    for (const listener of connectionListeners) listener(connection);
  }

  function heard(): void {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(reconnect, SILENCE_MS);
  }

  function closeSource(): void {
    clearTimeout(retryTimer);
    clearTimeout(silenceTimer);
    source?.close();
    source = null;
  }

  function reconnect(): void {
    closeSource();
    connect();
  }

  function connect(): void {
    const current = createSource();
    source = current;
    heard();
    current.addEventListener('open', () => {
      retryMs = FIRST_RETRY_MS;
      heard();
      tell('live');
      for (const listener of connectListeners) listener();
    });
    current.addEventListener('error', () => {
      if (source !== current) return;
      closeSource();
      tell('lost');
      retryTimer = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    });
    for (const name of LIVE_EVENT_NAMES) {
      current.addEventListener(name, (event) => {
        heard();
        deliver(name, (event as MessageEvent<string>).data);
      });
    }
  }

  function deliver(name: LiveEventName, text: string): void {
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      // Half a message: the state is read again rather than guessed at.
      reconnect();
      return;
    }
    for (const listener of listeners.get(name) ?? []) listener(data as never);
  }

  return {
    start() {
      if (source || retryTimer !== undefined) return;
      tell('connecting');
      connect();
    },
    stop() {
      closeSource();
      retryTimer = undefined;
      retryMs = FIRST_RETRY_MS;
    },
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      set.add(listener as (data: never) => void);
      return () => set.delete(listener as (data: never) => void);
    },
    onConnect(listener) {
      connectListeners.add(listener);
      return () => connectListeners.delete(listener);
    },
    onConnectionChange(listener) {
      connectionListeners.add(listener);
      return () => connectionListeners.delete(listener);
    },
  };
}

/** The window's one connection. */
export const liveEvents: LiveEventStream = createLiveEventStream();
