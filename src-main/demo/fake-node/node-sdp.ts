import type { Codec } from '../../../src-shared/model/node-json.ts';
import { NodeError } from './node-http.ts';
import { type Generation, isAtLeast } from './node-options.ts';

/** HEAD answers in this order of its own; older nodes keep the offer's. */
const HEAD_VIDEO_ORDER = ['VP9', 'AV1', 'H264', 'VP8', 'H265'];
const HEAD_AUDIO_ORDER = ['PCMA', 'PCMU', 'G722', 'opus'];
const KNOWN = new Set([...HEAD_VIDEO_ORDER, ...HEAD_AUDIO_ORDER].map((name) => name.toUpperCase()));

const FMTP: Readonly<Record<string, string>> = {
  h264: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  vp9: 'profile-id=0',
  av1: 'level-idx=5;profile=0;tier=0',
  opus: 'minptime=10;useinbandfec=1',
};

/** A codec as nodes list it, by its lower-case name. */
export function codecNamed(codec: string): Codec {
  const isAudio = ['opus', 'pcma', 'pcmu', 'g722'].includes(codec);
  return { kind: isAudio ? 'audio' : 'video', codec, fmtp: FMTP[codec] ?? '' };
}

interface MediaSection {
  readonly kind: string;
  readonly lines: readonly string[];
  readonly payloads: readonly string[];
}

/**
 * A plausible answer to an offer, without any real media behind it, and the codecs a sender that follows it
 * would use, and the bandwidth that the offer announces. Throws the node's 500 on what is no SDP or has more than one sending section of a kind.
 */
export function answerOffer(
  offer: string,
  generation: Generation,
  role: 'publisher' | 'subscriber',
): { answer: string; codecs: Codec[]; rateBps: number | undefined } {
  if (!/^v=0\r?\n/.test(offer)) throw new NodeError(500, `SdpInvalidSyntax: ${offer.slice(0, 200)}`);
  const sections = mediaSections(offer);
  for (const kind of ['video', 'audio']) {
    const wanted = role === 'publisher' ? /^a=(sendonly|sendrecv)$/ : /^a=(recvonly|sendrecv)$/;
    const count = sections.filter((s) => s.kind === kind && s.lines.some((line) => wanted.test(line))).length;
    if (count > 1) throw new NodeError(500, `${role} has more than one ${kind} section`);
  }
  const answered = sections.map((section) => answerSection(section, generation, role));
  const bundle = sections.map((section) => mid(section)).join(' ');
  const answer = [
    'v=0',
    'o=- 6698423774953252854 393677499 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
    ...(isAtLeast(generation, 'head') ? ['a=ice-lite'] : []),
    `a=group:BUNDLE ${bundle}`,
    ...answered.flatMap((each) => each.lines),
    '',
  ].join('\r\n');
  const rateKbps = /\nb=AS:(\d+)/.exec(offer)?.[1];
  return {
    answer,
    codecs: answered.flatMap((each) => (each.codec ? [each.codec] : [])),
    rateBps: rateKbps === undefined ? undefined : Number(rateKbps) * 1000,
  };
}

function mediaSections(offer: string): MediaSection[] {
  return offer
    .split(/\r?\n(?=m=)/)
    .slice(1)
    .map((text) => {
      const lines = text.split(/\r?\n/).filter((line) => line !== '');
      const [media = '', , , ...payloads] = (lines[0] ?? '').slice(2).split(' ');
      return { kind: media, lines, payloads };
    });
}

function mid(section: MediaSection): string {
  return section.lines.find((line) => line.startsWith('a=mid:'))?.slice(6) ?? '0';
}

function answerSection(
  section: MediaSection,
  generation: Generation,
  role: 'publisher' | 'subscriber',
): { lines: string[]; codec: Codec | undefined } {
  const nameOf = (payload: string) => rtpmapOf(section, payload)?.split('/')[0] ?? '';
  const order = section.kind === 'audio' ? HEAD_AUDIO_ORDER : HEAD_VIDEO_ORDER;
  const rank = (payload: string) =>
    order.findIndex((name) => name.toUpperCase() === nameOf(payload).toUpperCase());
  const known = section.payloads.filter((payload) => KNOWN.has(nameOf(payload).toUpperCase()));
  const payloads = isAtLeast(generation, 'head') ? [...known].sort((a, b) => rank(a) - rank(b)) : known;
  const detail = /^a=(rtpmap|fmtp|rtcp-fb):(\d+) /;
  const lines = [
    `m=${section.kind} 9 UDP/TLS/RTP/SAVPF ${payloads.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    'a=setup:active',
    `a=mid:${mid(section)}`,
    'a=ice-ufrag:ivoFKgfbDNOshPxA',
    'a=ice-pwd:aSsXLVEkRXfTccrVwoYxgMQzibVsRXSD',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...section.lines.filter((line) => payloads.includes(detail.exec(line)?.[2] ?? '')),
    role === 'publisher' ? 'a=recvonly' : 'a=sendonly',
    'a=candidate:607854466 1 udp 2130706431 127.0.0.1 9 typ host',
    'a=end-of-candidates',
  ];
  const first = payloads[0];
  if (first === undefined) return { lines, codec: undefined };
  const fmtp = section.lines.find((line) => line.startsWith(`a=fmtp:${first} `));
  const codec = {
    kind: section.kind,
    codec: nameOf(first).toLowerCase(),
    fmtp: fmtp?.slice(`a=fmtp:${first} `.length) ?? '',
  };
  return { lines, codec };
}

function rtpmapOf(section: MediaSection, payload: string): string | undefined {
  return section.lines
    .find((line) => line.startsWith(`a=rtpmap:${payload} `))
    ?.slice(`a=rtpmap:${payload} `.length);
}

/** An offer as a node makes it for a cascade; `rateBps` goes in as its bandwidth. */
export function cascadeOffer(
  codecs: readonly Codec[],
  direction: 'sendonly' | 'recvonly',
  rateBps = 0,
): string {
  const used = codecs.length > 0 ? codecs : [codecNamed('h264'), codecNamed('opus')];
  const rtpmap = ({ kind, codec }: Codec) =>
    kind === 'audio' ? `${codec}/48000/2` : `${codec.toUpperCase()}/90000`;
  const lines = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0'];
  for (const [i, codec] of used.entries()) {
    const payload = 96 + i;
    lines.push(`m=${codec.kind} 9 UDP/TLS/RTP/SAVPF ${payload}`, 'c=IN IP4 0.0.0.0', `a=mid:${i}`);
    if (i === 0 && rateBps > 0) lines.push(`b=AS:${Math.ceil(rateBps / 1000)}`);
    lines.push(`a=${direction}`, `a=rtpmap:${payload} ${rtpmap(codec)}`);
    if (codec.fmtp) lines.push(`a=fmtp:${payload} ${codec.fmtp}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}
