import { type ListedRecording, recordingOf } from './node-list.ts';

/**
 * Reads an answer of `GET /api/playback/{stream}`: what of a stream a node can play, also what was acknowledged, by
 * whomever, so that it is not listed any more. It tells no times: the start is the second that the id says, the end is
 * not known. Throws TypeError when it is none; single bad entries are left out.
 */
export function parsePlayable(stream: string, json: unknown): ListedRecording[] {
  if (!Array.isArray(json)) throw new TypeError('expected a list of recordings to play');
  return json.flatMap((entry: unknown) => {
    const { duration_ms: durationMs, mpd_path, record } = (entry ?? {}) as Record<string, unknown>;
    // One that has no duration goes on, or was acknowledged before its end and has none for ever.
    const status = typeof durationMs === 'number' ? 'Completed' : 'Active';
    try {
      return recordingOf({ stream, id: record, start_ts: 0, end_ts: null, mpd_path, status });
    } catch {
      return [];
    }
  });
}

/** Reads an answer of `GET /api/playback`. Throws TypeError when it is none. */
export function parsePlayableStreams(json: unknown): string[] {
  if (!Array.isArray(json)) throw new TypeError('expected a list of streams');
  return json.filter((stream): stream is string => typeof stream === 'string' && stream !== '');
}
