import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capturePath } from '../../../e2e/support/capture-storage.ts';
import { rewriteAnswer } from './sdp-answer.ts';

const DEFAULT_ORDER = ['H264;packetization-mode=1', 'AV1', 'VP9', 'VP8', 'opus'];
const KEEP = { codecOrder: DEFAULT_ORDER, isRtxRemoved: false };

interface Exchange {
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: number; readonly body: string };
}

/** Answers that real nodes gave to `POST /whip/{stream}`. */
function capturedAnswer(version: 'head' | 'v0.9.0', stream: string): string {
  const found = readFileSync(capturePath(version, '04-publish.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Exchange)
    .find(({ request, response }) => request.url.endsWith(`/whip/${stream}`) && response.status === 201);
  if (!found) throw new Error(`no answer for ${stream} in the captures of ${version}`);
  return found.response.body;
}

function mediaLines(sdp: string): string[] {
  return sdp.split('\r\n').filter((line) => line.startsWith('m='));
}

function withoutMediaLines(sdp: string): string {
  return sdp.replace(/^m=.*$/gm, 'm=');
}

describe('answers of real nodes', () => {
  it('puts H.264 of packetization mode 1 and Opus first at HEAD, each with its repeats', () => {
    const answer = capturedAnswer('head', 'cam1');
    const rewritten = rewriteAnswer(answer, KEEP);
    expect(mediaLines(answer)).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 98 45 114 108 104 102 96 107 109 97 103 99 115 46',
      'm=audio 9 UDP/TLS/RTP/SAVPF 8 0 9 111',
    ]);
    expect(mediaLines(rewritten)).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 108 109 102 103 45 46 98 99 96 97 114 115 104 107',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 8 0 9',
    ]);
    expect(withoutMediaLines(rewritten)).toBe(withoutMediaLines(answer));
  });

  it('does the same with the answer of v0.9.0, which has no repeats', () => {
    const answer = capturedAnswer('v0.9.0', 'cam1');
    const rewritten = rewriteAnswer(answer, { ...KEEP, isRtxRemoved: true });
    expect(mediaLines(rewritten)).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 102 108 45 98 96 104 114 120',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8',
    ]);
    expect(withoutMediaLines(rewritten)).toBe(withoutMediaLines(answer));
  });

  it('takes every trace of rtx out, and nothing else', () => {
    const answer = capturedAnswer('head', 'cam1');
    const rewritten = rewriteAnswer(answer, { codecOrder: [], isRtxRemoved: true });
    expect(mediaLines(rewritten)).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 98 45 114 108 104 102 96',
      'm=audio 9 UDP/TLS/RTP/SAVPF 8 0 9 111',
    ]);
    expect(rewritten).not.toMatch(/rtx|apt=/);
    const expected = answer.split('\r\n').filter((line) => !/^a=(rtpmap:\d+ rtx|fmtp:\d+ apt=)/.test(line));
    expect(withoutMediaLines(rewritten)).toBe(withoutMediaLines(expected.join('\r\n')));
  });

  it.each(['cam1', 'dflt', 'cam3', 'vp8', 'mute'])(
    'leaves the answer for %s alone by empty rules',
    (stream) => {
      for (const version of ['head', 'v0.9.0'] as const) {
        const answer = capturedAnswer(version, stream);
        expect(rewriteAnswer(answer, { codecOrder: [], isRtxRemoved: false })).toBe(answer);
      }
    },
  );
});

describe('rewriteAnswer', () => {
  const audio = (numbers: string, ...lines: string[]) =>
    ['v=0', `m=audio 9 UDP/TLS/RTP/SAVPF ${numbers}`, ...lines, ''].join('\r\n');

  it('keeps redundant audio with the codec it protects', () => {
    const sdp = audio(
      '0 63 111',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:63 red/48000/2',
      'a=fmtp:63 111/111',
    );
    expect(mediaLines(rewriteAnswer(sdp, KEEP))).toEqual(['m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0']);
  });

  it('removes the feedback lines of rtx and keeps those of all payload types', () => {
    const sdp = [
      'm=video 9 UDP/TLS/RTP/SAVPF 97 96',
      'a=rtpmap:96 VP8/90000',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 apt=96',
      'a=rtcp-fb:97 nack',
      'a=rtcp-fb:* transport-cc',
      '',
    ].join('\n');
    expect(rewriteAnswer(sdp, { ...KEEP, isRtxRemoved: true })).toBe(
      'm=video 9 UDP/TLS/RTP/SAVPF 96\na=rtpmap:96 VP8/90000\na=rtcp-fb:* transport-cc\n',
    );
  });

  it('does not empty a section of nothing but rtx', () => {
    const sdp = 'm=video 9 UDP/TLS/RTP/SAVPF 97\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n';
    expect(rewriteAnswer(sdp, { ...KEEP, isRtxRemoved: true })).toBe(sdp);
  });

  it('loses no payload type whose repeats name each other', () => {
    const sdp =
      'm=video 9 X 97 98\r\na=rtpmap:97 rtx/1\r\na=fmtp:97 apt=98\r\na=rtpmap:98 rtx/1\r\na=fmtp:98 apt=97\r\n';
    expect(mediaLines(rewriteAnswer(sdp, KEEP))).toEqual(['m=video 9 X 97 98']);
  });

  it('leaves data channels and what is no SDP alone', () => {
    for (const text of ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n', 'hello', '', 'm=video\n']) {
      expect(rewriteAnswer(text, { ...KEEP, isRtxRemoved: true })).toBe(text);
    }
  });

  it('only permutes payload types, whatever the answer and the order', () => {
    const payload = fc.record({
      codec: fc.constantFrom('H264', 'VP8', 'VP9', 'AV1', 'rtx', 'red', 'ulpfec', 'opus'),
      fmtp: fc.constantFrom('', 'packetization-mode=1', 'apt=96', 'apt=97', '96/96'),
    });
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 8 }), fc.boolean(), (payloads, isReversed) => {
        const numbers = payloads.map((_, i) => String(96 + i));
        const sdp = [
          `m=video 9 X ${(isReversed ? [...numbers].reverse() : numbers).join(' ')}`,
          ...payloads.map(({ codec }, i) => `a=rtpmap:${96 + i} ${codec}/90000`),
          ...payloads.flatMap(({ fmtp }, i) => (fmtp ? [`a=fmtp:${96 + i} ${fmtp}`] : [])),
          '',
        ].join('\r\n');
        const rewritten = rewriteAnswer(sdp, KEEP);
        expect(mediaLines(rewritten)[0]?.split(' ').slice(3).sort()).toEqual([...numbers].sort());
        expect(withoutMediaLines(rewritten)).toBe(withoutMediaLines(sdp));
        expect(rewriteAnswer(rewritten, KEEP)).toBe(rewritten);
      }),
    );
  });
});
