import type { Recording, RecordingTrack } from '../../../src-shared/model/recording.ts';
import { US_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatSpanMs } from '../../format/durations.ts';
import { STATUS_WORDS } from './recording-filter.ts';

/** A segment lasts 10 to 15 s: a running recording without a new one for longer has stopped growing. */
const QUIET_US = US_PER_MINUTE;

/** What a recording does now, in words and as a dot. */
export function recordingState(recording: Recording, nowUs: number): { text: string; tone: DotTone } {
  const quietUs = nowUs - recording.endUs;
  if (recording.status === 'active') {
    if (quietUs <= QUIET_US) return { text: STATUS_WORDS.active, tone: 'rec' };
    return { text: `Silent for ${formatSpanMs(quietUs / 1000)}`, tone: 'warn' };
  }
  if (recording.status === 'failed') return { text: STATUS_WORDS.failed, tone: 'bad' };
  if (recording.status === 'completed') return { text: STATUS_WORDS.completed, tone: 'ok' };
  // Who only reports segments says neither that it began nor that it ended.
  return quietUs <= QUIET_US ? { text: STATUS_WORDS.active, tone: 'rec' } : { text: 'Ended', tone: 'idle' };
}

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^avc[13]/, 'H.264'],
  [/^(hev1|hvc1)/, 'H.265'],
  [/^av01/, 'AV1'],
  [/^vp09/, 'VP9'],
  [/^vp08/, 'VP8'],
  [/^opus/i, 'Opus'],
  [/^mp4a/, 'AAC'],
];

/** "H.264" of `avc1.42e01f`; what is not known stays as it is. */
export function trackCodec(track: RecordingTrack | null): string | null {
  if (!track) return null;
  const { codec } = track;
  if (codec === null) return track.problem === null ? '?' : 'unusable';
  return FAMILIES.find(([pattern]) => pattern.test(codec))?.[1] ?? codec;
}

/** "H.264 720p · Opus"; "?" for a track that was not examined yet. */
export function codecText({ audio, video }: Pick<Recording, 'audio' | 'video'>): string {
  const size = video?.height ? ` ${video.height}p` : '';
  const pictures = trackCodec(video);
  const parts = [pictures === null ? null : `${pictures}${size}`, trackCodec(audio)];
  return parts.filter((part) => part !== null).join(' · ') || '–';
}

/** All that is wrong with a recording, in words. */
export function recordingProblems(recording: Recording): string[] {
  const { audio, problem, video } = recording;
  return [
    problem,
    video?.problem && `Pictures: ${video.problem}`,
    audio?.problem && `Sound: ${audio.problem}`,
  ].filter((text): text is string => typeof text === 'string' && text !== '');
}
