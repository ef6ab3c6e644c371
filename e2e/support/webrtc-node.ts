import {
  useH264 as h264Codec,
  MediaStreamTrack,
  useOPUS as opusCodec,
  usePCMU as pcmuCodec,
  RTCPeerConnection,
  type RTCRtpCodecParameters,
  type RTCRtpTransceiver,
  RtpPacket,
  useVP8 as vp8Codec,
} from 'werift';
import type { NodeWebrtc, WebrtcAnswer, WebrtcOffer } from '../../src-main/demo/fake-node/node-webrtc.ts';
import type { Codec } from '../../src-shared/model/node-json.ts';

type Kind = 'audio' | 'video';

/** What arrives of one kind, and who gets it. */
interface Source {
  readonly codec: RTCRtpCodecParameters;
  readonly askForKeyFrame: () => void;
  readonly sinks: Set<(packet: RtpPacket) => void>;
}

const CONNECTION = { iceServers: [], iceAdditionalHostAddresses: ['127.0.0.1'], iceUseIpv6: false };
const KEY_FRAME_EVERY_MS = 500;

/**
 * Terminates WebRTC for a fake node, in TypeScript: what a publisher sends goes on to every viewer of the stream,
 * packet by packet. A relay is the same between two of these.
 */
export class WebrtcMedia implements NodeWebrtc {
  readonly #sources = new Map<string, Map<Kind, Source>>();
  /** By stream, resolved once its sources are known. */
  readonly #arrivals = new Map<string, Promise<unknown>>();
  readonly #connections = new Map<string, { pc: RTCPeerConnection; leave: () => void }>();

  async publish(stream: string, session: string, offer: string): Promise<WebrtcAnswer> {
    const pc = this.#receiver(stream, session);
    await pc.setRemoteDescription({ type: 'offer', sdp: offer });
    for (const transceiver of pc.getTransceivers()) transceiver.setDirection('recvonly');
    return { answer: await localAnswer(pc), connected: this.#arriving(pc, stream) };
  }

  async play(stream: string, session: string, offer: string): Promise<WebrtcAnswer> {
    // Which codec to agree on is known when the first packets are there.
    await this.#arrivals.get(stream)?.catch(() => {});
    const pc = new RTCPeerConnection({ ...CONNECTION, codecs: codecsOf(this.#sources.get(stream)) });
    await pc.setRemoteDescription({ type: 'offer', sdp: offer });
    for (const transceiver of pc.getTransceivers()) {
      keepOneH264(transceiver);
      transceiver.addTrack(new MediaStreamTrack({ kind: transceiver.kind }));
      transceiver.setDirection('sendonly');
    }
    const answer = await localAnswer(pc);
    return { answer, connected: this.#forward(pc, stream, session) };
  }

  /** A relay that leads away: the offer of one who publishes elsewhere what arrives here. */
  async offerPush(stream: string, session: string): Promise<WebrtcOffer> {
    const sources = this.#sources.get(stream);
    const pc = new RTCPeerConnection({ ...CONNECTION, codecs: codecsOf(sources) });
    for (const kind of sources?.keys() ?? []) {
      pc.addTransceiver(new MediaStreamTrack({ kind }), { direction: 'sendonly' });
    }
    return this.#dial(pc, () => this.#forward(pc, stream, session));
  }

  /** A relay that leads here: the offer of one who watches elsewhere and becomes the publisher here. */
  async offerPull(stream: string, session: string): Promise<WebrtcOffer> {
    const pc = this.#receiver(stream, session);
    for (const kind of ['video', 'audio'] as const) pc.addTransceiver(kind, { direction: 'recvonly' });
    return this.#dial(pc, () => this.#arriving(pc, stream));
  }

  end(session: string): void {
    const connection = this.#connections.get(session);
    this.#connections.delete(session);
    connection?.leave();
    void connection?.pc.close();
  }

  /** Ends every connection. */
  close(): void {
    for (const session of [...this.#connections.keys()]) this.end(session);
  }

  async #dial(pc: RTCPeerConnection, connect: () => Promise<Codec[]>): Promise<WebrtcOffer> {
    await pc.setLocalDescription(await pc.createOffer());
    await gathered(pc);
    return {
      offer: pc.localDescription?.sdp ?? '',
      accept: async (answer) => {
        const connected = connect();
        await pc.setRemoteDescription({ type: 'answer', sdp: answer });
        return { connected };
      },
    };
  }

  #receiver(stream: string, session: string): RTCPeerConnection {
    const pc = new RTCPeerConnection({
      ...CONNECTION,
      // VP8 first: who wants H.264 has to say so.
      codecs: {
        video: [vp8Codec(), h264Codec({ parameters: H264_PARAMETERS })],
        audio: [pcmuCodec(), opusCodec()],
      },
    });
    const sources = new Map<Kind, Source>();
    this.#connections.set(session, {
      pc,
      leave: () => {
        if (this.#sources.get(stream) !== sources) return;
        this.#sources.delete(stream);
        this.#arrivals.delete(stream);
      },
    });
    pc.onRemoteTransceiverAdded.subscribe((transceiver) => this.#listen(transceiver, sources));
    pc.onTransceiverAdded.subscribe((transceiver) => this.#listen(transceiver, sources));
    this.#sources.set(stream, sources);
    return pc;
  }

  #listen(transceiver: RTCRtpTransceiver, sources: Map<Kind, Source>): void {
    transceiver.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe((packet) => {
        const kind = track.kind as Kind;
        let source = sources.get(kind);
        if (!source) {
          const codec = transceiver.codecs.find((each) => each.payloadType === packet.header.payloadType);
          if (!codec) return;
          const askForKeyFrame = () => {
            if (kind === 'video') void transceiver.receiver.sendRtcpPLI(packet.header.ssrc);
          };
          source = { codec, askForKeyFrame, sinks: new Set() };
          sources.set(kind, source);
        }
        for (const sink of source.sinks) sink(packet);
      });
    });
  }

  #arriving(pc: RTCPeerConnection, stream: string): Promise<Codec[]> {
    const arriving = this.#received(pc, stream);
    this.#arrivals.set(stream, arriving);
    return arriving;
  }

  /** Resolves with what is sent once something of every kind offered has arrived. */
  async #received(pc: RTCPeerConnection, stream: string): Promise<Codec[]> {
    await connected(pc);
    const sources = this.#sources.get(stream);
    const kinds = pc.getTransceivers().map((transceiver) => transceiver.kind as Kind);
    while (pc.connectionState === 'connected' && !kinds.every((kind) => sources?.has(kind))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return [...(sources ?? [])].map(([kind, { codec }]) => ({
      kind,
      codec: codec.name.toLowerCase(),
      fmtp: codec.parameters ?? '',
    }));
  }

  /** Resolves once the connection is there; from then on packets go out. */
  async #forward(pc: RTCPeerConnection, stream: string, session: string): Promise<Codec[]> {
    const leaving: (() => void)[] = [];
    this.#connections.set(session, { pc, leave: () => leaving.forEach((leave) => void leave()) });
    await connected(pc);
    for (const transceiver of pc.getTransceivers()) {
      const source = this.#sources.get(stream)?.get(transceiver.kind as Kind);
      if (!source) continue;
      const sink = (packet: RtpPacket) => {
        // Sending changes the packet's numbers to those of this connection.
        void transceiver.sender.sendRtp(RtpPacket.deSerialize(packet.serialize())).catch(() => {});
      };
      source.sinks.add(sink);
      source.askForKeyFrame();
      const timer = setInterval(source.askForKeyFrame, KEY_FRAME_EVERY_MS);
      leaving.push(() => {
        source.sinks.delete(sink);
        clearInterval(timer);
      });
    }
    return [];
  }
}

const H264_PARAMETERS = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f';

/** Only what arrives can be sent; before anything does, whatever a browser takes. */
function codecsOf(sources: ReadonlyMap<Kind, Source> | undefined) {
  const codec = (kind: Kind) => sources?.get(kind)?.codec;
  return { video: [codec('video') ?? vp8Codec()], audio: [codec('audio') ?? opusCodec()] };
}

/** A browser offers H.264 in several forms under one name: the forwarded packets are of packetization mode 1. */
function keepOneH264(transceiver: RTCRtpTransceiver): void {
  const fitting = transceiver.codecs.find(
    ({ name, parameters }) => name.toLowerCase() === 'h264' && parameters?.includes('packetization-mode=1'),
  );
  if (!fitting) return;
  transceiver.codecs = [fitting];
  transceiver.sender.codec = fitting;
}

async function localAnswer(pc: RTCPeerConnection): Promise<string> {
  await pc.setLocalDescription(await pc.createAnswer());
  await gathered(pc);
  return pc.localDescription?.sdp ?? '';
}

async function gathered(pc: RTCPeerConnection): Promise<void> {
  if (pc.iceGatheringState === 'complete') return;
  await pc.iceGatheringStateChange.watch((state) => state === 'complete', 5000);
}

async function connected(pc: RTCPeerConnection): Promise<void> {
  if (pc.connectionState === 'connected') return;
  await pc.connectionStateChange.watch((state) => state === 'connected', 20_000);
}
