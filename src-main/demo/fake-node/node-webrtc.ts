import type { Codec } from '../../../src-shared/model/node-json.ts';

/**
 * Terminates WebRTC for a node. Without it offers get a plausible answer, and no media flow.
 *
 * `session` is the node's id of the session; each function rejects where the offer or the answer cannot be used.
 */
export interface NodeWebrtc {
  publish(stream: string, session: string, offer: string): Promise<WebrtcAnswer>;
  play(stream: string, session: string, offer: string): Promise<WebrtcAnswer>;
  /** The offer of a relay that sends the stream to another node. */
  offerPush(stream: string, session: string): Promise<WebrtcOffer>;
  /** The offer of a relay that fetches the stream from another node. */
  offerPull(stream: string, session: string): Promise<WebrtcOffer>;
  /** The session has ended. Nothing happens when it is not known. */
  end(session: string): void;
}

export interface WebrtcAnswer {
  readonly answer: string;
  /** Resolves once the connection is there, for publishers with what they send; rejects when it never is. */
  readonly connected: Promise<Codec[]>;
}

export interface WebrtcOffer {
  readonly offer: string;
  accept(answer: string): Promise<{ readonly connected: Promise<Codec[]> }>;
}
