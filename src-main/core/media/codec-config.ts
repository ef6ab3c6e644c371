import type { BoxRange } from './boxes.ts';
import { viewOf } from './boxes.ts';
import { MediaFormatError } from './media-error.ts';

export type CodecFamily = 'h264' | 'hevc' | 'vp9' | 'av1' | 'opus' | 'unknown';

interface CodecKind {
  family: CodecFamily;
  configType: string;
  minBodyBytes: number;
  /** The configuration as it should have been written; may be the same bytes. */
  corrected: (body: Uint8Array) => Uint8Array;
  /** RFC 6381 string of a corrected configuration. */
  codecString: (entryType: string, body: Uint8Array) => string;
}

const unchanged = (body: Uint8Array): Uint8Array => body;

const avc: CodecKind = {
  family: 'h264',
  configType: 'avcC',
  minBodyBytes: 7,
  corrected: unchanged,
  codecString: (entryType, body) => `${entryType}.${hex(body.subarray(1, 4))}`,
};

const hevc: CodecKind = {
  family: 'hevc',
  configType: 'hvcC',
  minBodyBytes: 23,
  corrected: correctedHvcC,
  codecString: hevcCodecString,
};

const KINDS: Readonly<Record<string, CodecKind>> = {
  avc1: avc,
  avc3: avc,
  hev1: hevc,
  hvc1: hevc,
  vp09: {
    family: 'vp9',
    configType: 'vpcC',
    minBodyBytes: 12,
    corrected: correctedVpcC,
    codecString: vp9CodecString,
  },
  av01: {
    family: 'av1',
    configType: 'av1C',
    minBodyBytes: 4,
    corrected: unchanged,
    codecString: av1CodecString,
  },
  Opus: {
    family: 'opus',
    configType: 'dOps',
    minBodyBytes: 11,
    corrected: unchanged,
    codecString: () => 'opus',
  },
};

/** What is known about a sample entry of this type, or `null` when we cannot play it. */
export function codecKindOf(entryType: string): CodecKind | null {
  return Object.hasOwn(KINDS, entryType) ? (KINDS[entryType] ?? null) : null;
}

/**
 * The body of the configuration box put right, and the codec string made from it.
 * Throws MediaFormatError when the body is shorter than its format demands.
 */
export function readCodecConfig(
  kind: CodecKind,
  entryType: string,
  bytes: Uint8Array,
  config: BoxRange,
): { body: Uint8Array; codecString: string } {
  const stored = bytes.subarray(config.bodyByte, config.endByte);
  if (stored.length < kind.minBodyBytes) {
    throw new MediaFormatError(
      `The '${kind.configType}' box is too short: ${stored.length} of ${kind.minBodyBytes} bytes.`,
    );
  }
  const body = kind.corrected(stored);
  return { body, codecString: kind.codecString(entryType, body) };
}

/** Live777 shifts the bit depth by 3 instead of 4, so 8, 10, 12 are stored as 4, 5, 6 (which VP9 does not have). */
function correctedVpcC(stored: Uint8Array): Uint8Array {
  const packed = stored[6] ?? 0;
  const storedDepth = packed >> 4;
  if (storedDepth < 4 || storedDepth > 6) return stored;
  const body = Uint8Array.from(stored);
  body[6] = ((storedDepth * 2) << 4) | (packed & 0x0f);
  return body;
}

function vp9CodecString(entryType: string, body: Uint8Array): string {
  const packed = body[6] ?? 0;
  const short = `${entryType}.${decimal(body[4])}.${decimal(body[5])}.${decimal(packed >> 4)}`;
  const chroma = (packed >> 1) & 7;
  // The short form means 4:2:0; anything else has to be spelt out.
  if (chroma <= 1) return short;
  const colour = [body[7], body[8], body[9]].map(decimal).join('.');
  return `${short}.${decimal(chroma)}.${colour}.${decimal(packed & 1)}`;
}

/** Live777 takes the constraint bytes one byte early and with emulation prevention in: read them from the SPS. */
function correctedHvcC(stored: Uint8Array): Uint8Array {
  const profile = profileTierLevel(stored);
  if (profile === null) return stored;
  const body = Uint8Array.from(stored);
  body.set(profile, 1);
  return body;
}

/** The 12 bytes from profile space to level of the first SPS in an hvcC body, or `null` without a usable one. */
function profileTierLevel(body: Uint8Array): Uint8Array | null {
  const view = viewOf(body);
  let at = 23;
  for (let array = body[22] ?? 0; array > 0 && at + 3 <= body.length; array -= 1) {
    const nalType = view.getUint8(at) & 0x3f;
    let count = view.getUint16(at + 1);
    at += 3;
    for (; count > 0 && at + 2 <= body.length; count -= 1) {
      const sizeBytes = view.getUint16(at);
      const nal = body.subarray(at + 2, at + 2 + sizeBytes);
      at += 2 + sizeBytes;
      if (nalType !== 33) continue;
      // Two bytes of NAL header, then one of ids, then the profile.
      const raw = withoutEmulation(nal.subarray(2, 32));
      if (raw.length >= 13) return raw.subarray(1, 13);
    }
  }
  return null;
}

function withoutEmulation(nal: Uint8Array): Uint8Array {
  const kept: number[] = [];
  let zeroRun = 0;
  for (const byte of nal) {
    if (zeroRun >= 2 && byte === 3) {
      zeroRun = 0;
      continue;
    }
    zeroRun = byte === 0 ? zeroRun + 1 : 0;
    kept.push(byte);
  }
  return Uint8Array.from(kept);
}

function hevcCodecString(entryType: string, body: Uint8Array): string {
  const first = body[1] ?? 0;
  const space = ['', 'A', 'B', 'C'][first >> 6] ?? '';
  const tier = (first & 0x20) === 0 ? 'L' : 'H';
  const compatibility = reversedBits(viewOf(body).getUint32(2)).toString(16).toUpperCase();
  const constraints = [...body.subarray(6, 12)];
  while (constraints.length > 0 && constraints[constraints.length - 1] === 0) constraints.pop();
  const parts = [entryType, `${space}${first & 0x1f}`, compatibility, `${tier}${body[12] ?? 0}`];
  return [...parts, ...constraints.map((byte) => byte.toString(16).toUpperCase())].join('.');
}

function reversedBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) reversed = (reversed << 1) | ((value >>> bit) & 1);
  return reversed >>> 0;
}

function av1CodecString(entryType: string, body: Uint8Array): string {
  const profileLevel = body[1] ?? 0;
  const flags = body[2] ?? 0;
  const tier = (flags & 0x80) === 0 ? 'M' : 'H';
  const isHighDepth = (flags & 0x40) !== 0;
  const depth = isHighDepth ? ((flags & 0x20) === 0 ? 10 : 12) : 8;
  return `${entryType}.${profileLevel >> 5}.${decimal(profileLevel & 0x1f)}${tier}.${decimal(depth)}`;
}

function decimal(value: number | undefined): string {
  return String(value ?? 0).padStart(2, '0');
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
