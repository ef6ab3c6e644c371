import { isAtLeast } from './node-options.ts';
import type { NodeParts } from './node-parts.ts';
import { silencePeer } from './node-peers.ts';
import { codecNamed } from './node-sdp.ts';
import { NodeSession } from './node-session.ts';

/** After this long without media a node notices that a peer is gone. */
const LOST_AFTER_MS = 5000;

export interface SimulatedPublisher {
  /** Lower-case codec names such as `h264` and `opus`. */
  readonly codecs: readonly string[];
  readonly bitrateBps: number;
}

/** Publishers and viewers that exist without any client. */
export class SimulatedMedia {
  constructor(readonly parts: NodeParts) {}

  /** Attaches a publisher that is connected at once. Throws when there is one already. */
  publish(id: string, { codecs, bitrateBps }: SimulatedPublisher): void {
    const { streams, options, clock } = this.parts;
    const stream = streams.ensure(id);
    if (stream.publisher) throw new Error(`stream ${id} has a publisher already`);
    const session = new NodeSession(options.generation, clock, { isSimulated: true });
    streams.attachPublisher(stream, session);
    session.connect(bitrateBps);
    stream.codecs = codecs.map(codecNamed);
    for (const viewer of stream.subscribers) if (viewer.isOpen) viewer.connect(bitrateBps);
    streams.progressed(id);
  }

  /** Makes the number of simulated viewers `count`, by letting some come or go. */
  viewers(id: string, count: number): void {
    const { streams, options, clock } = this.parts;
    const stream = streams.ensure(id);
    const present = stream.subscribers.filter((each) => each.isOpen && each.details.isSimulated);
    for (const session of present.slice(count)) streams.detachSubscriber(stream, session);
    for (let i = present.length; i < count; i++) {
      const session = new NodeSession(options.generation, clock, { isSimulated: true });
      streams.attachSubscriber(stream, session);
      session.connect(stream.publisher?.rateBps ?? 0);
      streams.progressed(id);
    }
  }

  /**
   * Ends the publisher. `isClean` is a DELETE, which takes the stream with it. Otherwise it vanishes: HEAD
   * keeps it as `disconnected` for good, older nodes drop it after 5 s.
   */
  unpublish(id: string, { isClean }: { isClean: boolean }): void {
    const { streams, options } = this.parts;
    const stream = streams.find(id);
    const session = stream?.publisher;
    if (!stream || !session) return;
    if (isClean) {
      if (stream.isProvisioned) streams.detachPublisher(stream);
      else streams.remove(id);
      return;
    }
    session.silence();
    for (const viewer of stream.subscribers) {
      viewer.silence();
      // Where it is pushed to, the connection stands, and nothing comes over it.
      silencePeer(viewer.cascade?.sessionUrl);
    }
    this.parts.later(LOST_AFTER_MS, () => {
      if (stream.publisher !== session) return;
      if (!isAtLeast(options.generation, 'head')) return streams.detachPublisher(stream);
      session.state = 'disconnected';
      streams.progressed(id);
    });
  }
}
