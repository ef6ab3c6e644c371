import { codecName } from '../../format/codecs.ts';
import { formatBitRate, formatLatencyMs } from '../../format/numbers.ts';

interface TrackReading {
  /** `video/H264`; null while nothing has arrived. */
  readonly codec: string | null;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  readonly jitterMs: number | null;
}

/** What `getStats` told at one moment, as far as it is shown. */
export interface StatsReading {
  readonly atMs: number;
  readonly video:
    | (TrackReading & { readonly width: number; readonly height: number; readonly frames: number })
    | null;
  readonly audio: TrackReading | null;
  readonly roundTripMs: number | null;
}

/** Figures of the time between two readings; null where they are not known. */
export interface LiveFigures {
  readonly codecs: readonly string[];
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly framesPerSec: number | null;
  readonly bitrateBps: number | null;
  /** 0 to 1, of both tracks. */
  readonly lossRatio: number | null;
  readonly jitterMs: number | null;
  readonly roundTripMs: number | null;
}

type Entry = Readonly<Record<string, unknown>>;

/** Reads the entries of an `RTCStatsReport`. */
export function readStats(report: Iterable<[string, unknown]>, atMs: number): StatsReading {
  const byId = new Map([...report].map(([id, entry]) => [id, entry as Entry]));
  const entries = [...byId.values()];
  const inbound = (kind: string) =>
    entries.find(
      (entry) => entry.type === 'inbound-rtp' && entry.kind === kind && numberOf(entry.packetsReceived) > 0,
    );
  const video = inbound('video');
  const audio = inbound('audio');
  return {
    atMs,
    video: video
      ? {
          ...trackOf(video, byId),
          width: numberOf(video.frameWidth),
          height: numberOf(video.frameHeight),
          frames: numberOf(video.framesDecoded),
        }
      : null,
    audio: audio ? trackOf(audio, byId) : null,
    roundTripMs: roundTripOf(entries, byId),
  };
}

function trackOf(entry: Entry, byId: ReadonlyMap<string, Entry>): TrackReading {
  const codec = byId.get(String(entry.codecId))?.mimeType;
  return {
    codec: typeof codec === 'string' ? codec : null,
    bytes: numberOf(entry.bytesReceived),
    packets: numberOf(entry.packetsReceived),
    lost: Math.max(0, numberOf(entry.packetsLost)),
    jitterMs: typeof entry.jitter === 'number' ? entry.jitter * 1000 : null,
  };
}

/** Of the pair of candidates in use. */
function roundTripOf(entries: readonly Entry[], byId: ReadonlyMap<string, Entry>): number | null {
  const transport = entries.find((entry) => entry.type === 'transport');
  const pair =
    byId.get(String(transport?.selectedCandidatePairId)) ??
    entries.find((entry) => entry.type === 'candidate-pair' && entry.nominated === true);
  const seconds = pair?.currentRoundTripTime;
  return typeof seconds === 'number' ? seconds * 1000 : null;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** What happened between two readings of the same connection; `before` is null at the first one. */
export function figuresOf(before: StatsReading | null, now: StatsReading): LiveFigures {
  const { video, audio } = now;
  const tracks = [video, audio].filter((track) => track !== null);
  const sum = (reading: StatsReading, of: (track: TrackReading) => number): number =>
    (reading.video ? of(reading.video) : 0) + (reading.audio ? of(reading.audio) : 0);
  const seconds = before ? (now.atMs - before.atMs) / 1000 : 0;
  const growth = (of: (track: TrackReading) => number): number | null =>
    before && seconds > 0 ? Math.max(0, sum(now, of) - sum(before, of)) : null;
  const bytes = growth((track) => track.bytes);
  const packets = growth((track) => track.packets);
  const lost = growth((track) => track.lost);
  const frames =
    before?.video && video && seconds > 0 ? Math.max(0, video.frames - before.video.frames) : null;
  return {
    codecs: tracks.flatMap(({ codec }) => (codec ? [codecName(codec)] : [])),
    widthPx: video && video.width > 0 ? video.width : null,
    heightPx: video && video.height > 0 ? video.height : null,
    framesPerSec: frames === null ? null : frames / seconds,
    bitrateBps: bytes === null ? null : (bytes * 8) / seconds,
    lossRatio: packets === null || lost === null ? null : packets + lost === 0 ? 0 : lost / (packets + lost),
    jitterMs: video?.jitterMs ?? audio?.jitterMs ?? null,
    roundTripMs: now.roundTripMs,
  };
}

const NO_VALUE = '–';

/** Figures as lines of name and text, always the same ones in the same order. */
export function figureLines(figures: LiveFigures | null): readonly { name: string; text: string }[] {
  const { widthPx = null, heightPx = null, framesPerSec = null, bitrateBps = null } = figures ?? {};
  const { lossRatio = null, jitterMs = null, roundTripMs = null, codecs = [] } = figures ?? {};
  return [
    { name: 'Codec', text: codecs.join(' · ') || NO_VALUE },
    { name: 'Size', text: widthPx === null ? NO_VALUE : `${widthPx} × ${heightPx}` },
    { name: 'Frames', text: framesPerSec === null ? NO_VALUE : `${framesPerSec.toFixed(1)} /s` },
    { name: 'Rate', text: bitrateBps === null ? NO_VALUE : formatBitRate(bitrateBps) },
    { name: 'Loss', text: lossRatio === null ? NO_VALUE : `${(lossRatio * 100).toFixed(1)} %` },
    { name: 'Jitter', text: formatLatencyMs(jitterMs) },
    { name: 'Round trip', text: formatLatencyMs(roundTripMs) },
  ];
}
