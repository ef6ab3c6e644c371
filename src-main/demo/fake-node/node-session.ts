import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../../core/base/clock.ts';
import { type Generation, isAtLeast } from './node-options.ts';
import type { NodeWebrtc } from './node-webrtc.ts';

const SAMPLE_PERIOD_S = 2;
const PACKET_BYTES = 620;

export type SessionState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'closed';

export interface Cascade {
  readonly sourceUrl?: string;
  readonly targetUrl?: string;
  readonly sessionUrl?: string;
}

/** A publisher or a subscriber of a stream, whose counters grow while it is connected. */
export class NodeSession {
  readonly id: string;
  readonly createdAtMs: number;
  leaveAtMs = 0;
  /** Set where the session is an end of a relay. */
  cascade: Cascade | undefined;
  state: SessionState = 'new';
  /** What the session carries while connected; 0 when nothing comes. */
  rateBps = 0;
  /** The bitrate of the last two seconds, as nodes show it. */
  sampledBps = 0;
  #bytes = 0;
  #sampledBytes = 0;
  #grownAtMs: number;
  readonly #endListeners: (() => void)[] = [];

  constructor(
    generation: Generation,
    readonly clock: Clock,
    readonly details: {
      /** Made by code, not by a client. */
      readonly isSimulated?: boolean;
      /** The connection behind the session, to be ended with it. */
      readonly webrtc?: NodeWebrtc | undefined;
    } = {},
  ) {
    this.id = newSessionId(generation);
    this.createdAtMs = clock.nowMs();
    this.#grownAtMs = this.createdAtMs;
  }

  get isOpen(): boolean {
    return this.state !== 'closed' && this.leaveAtMs === 0;
  }

  /** Bytes carried until now. */
  bytes(): number {
    const nowMs = this.clock.nowMs();
    if (this.state === 'connected') {
      // A slow swing, so that a load display has something to show.
      const swing = 1 + 0.08 * Math.sin(nowMs / 7000 + this.createdAtMs);
      this.#bytes += (this.rateBps / 8) * swing * ((nowMs - this.#grownAtMs) / 1000);
    }
    this.#grownAtMs = nowMs;
    return Math.floor(this.#bytes);
  }

  /** Called every two seconds. */
  sample(): void {
    const bytes = this.bytes();
    this.sampledBps = this.isOpen ? Math.round(((bytes - this.#sampledBytes) * 8) / SAMPLE_PERIOD_S) : 0;
    this.#sampledBytes = bytes;
  }

  connect(rateBps: number): void {
    this.bytes();
    this.state = 'connected';
    this.rateBps = rateBps;
  }

  /** Media stop coming, whatever the state says. */
  silence(): void {
    this.bytes();
    this.rateBps = 0;
  }

  /** Calls `listener` once, when the session ends. */
  onEnd(listener: () => void): void {
    this.#endListeners.push(listener);
  }

  end(): void {
    if (this.state === 'closed') return;
    this.bytes();
    this.state = 'closed';
    this.leaveAtMs = this.clock.nowMs();
    this.sampledBps = 0;
    for (const listener of this.#endListeners) listener();
    this.details.webrtc?.end(this.id);
  }

  stats(): { bytes: number; packets: number; bitrate: number } {
    const bytes = this.bytes();
    return { bytes, packets: Math.ceil(bytes / PACKET_BYTES), bitrate: this.sampledBps };
  }

  toJson(generation: Generation): object {
    const isHead = isAtLeast(generation, 'head');
    const { cascade } = this;
    return {
      id: this.id,
      createdAt: this.createdAtMs,
      ...(isHead ? { leaveAt: this.leaveAtMs } : {}),
      state: this.state,
      ...(cascade ? { cascade } : {}),
      hasDataChannel: false,
      ...(isHead ? { stats: this.stats() } : {}),
    };
  }
}

/** UUIDs at HEAD, 32 hexadecimal digits before. */
function newSessionId(generation: Generation): string {
  const id = randomUUID();
  return isAtLeast(generation, 'head') ? id : createHash('md5').update(id).digest('hex');
}
