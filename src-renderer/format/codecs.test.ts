import { describe, expect, it } from 'vitest';
import { codecName, codecNames } from './codecs.ts';

describe('codec names', () => {
  it('says them as people do', () => {
    expect(codecName('video/H264')).toBe('H.264');
    expect(codecName('PCMU')).toBe('G.711');
    expect(codecName('something')).toBe('something');
  });

  it('puts pictures first and none twice', () => {
    const codecs = [
      { kind: 'audio', codec: 'opus', fmtp: '' },
      { kind: 'video', codec: 'AV1', fmtp: '' },
      { kind: 'video', codec: 'AV1', fmtp: 'profile=1' },
    ];
    expect(codecNames(codecs)).toBe('AV1 · Opus');
  });
});
