import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProbedFile {
  readonly durationSec: number;
  readonly tracks: readonly string[];
}

/** What ffprobe says of a file or playlist; throws when it cannot read it or prints a message. */
export async function probe(input: string): Promise<ProbedFile> {
  const { stderr, stdout } = await run('ffprobe', [
    ...['-v', 'error', '-show_entries', 'format=duration:stream=codec_type', '-of', 'json', input],
  ]);
  if (stderr.trim() !== '') throw new Error(`ffprobe says: ${stderr}`);
  const { format, streams } = JSON.parse(stdout) as {
    format: { duration: string };
    streams: { codec_type: string }[];
  };
  return {
    durationSec: Number(format.duration),
    tracks: streams.map((stream) => stream.codec_type).sort(),
  };
}

/** Decodes a whole file; returns what the decoder complained about, empty where nothing. */
export async function decodeMessages(input: string): Promise<string> {
  const { stderr } = await run('ffmpeg', ['-v', 'error', '-xerror', '-i', input, '-f', 'null', '-']);
  return stderr.trim();
}
