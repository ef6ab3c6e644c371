import type { Codec } from '../../src-shared/model/node-json.ts';

const NAMES: Readonly<Record<string, string>> = {
  h264: 'H.264',
  h265: 'H.265',
  hevc: 'H.265',
  av1: 'AV1',
  vp8: 'VP8',
  vp9: 'VP9',
  opus: 'Opus',
  pcmu: 'G.711',
  pcma: 'G.711',
  g722: 'G.722',
};

/** "H.264" of `video/H264` or `h264`; what is not known stays as it is. */
export function codecName(codec: string): string {
  const short = codec.split('/').at(-1) ?? codec;
  return NAMES[short.toLowerCase()] ?? short;
}

/** "H.264 · Opus", pictures first; empty when nothing is known. */
export function codecNames(codecs: readonly Codec[]): string {
  const names = [...codecs]
    .sort((a, b) => (a.kind < b.kind ? 1 : a.kind > b.kind ? -1 : 0))
    .map(({ codec }) => codecName(codec));
  return [...new Set(names)].join(' · ');
}
