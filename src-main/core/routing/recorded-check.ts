import picomatch from 'picomatch';
import type { Config } from '../config/config-schema.ts';
import type { RecordingActivity } from '../nodes/views.ts';

/** Whether a stream is being recorded or will be as soon as it is published. */
export type RecordedCheck = (stream: string) => boolean;

/** By what is recorded now, and by the patterns of automatic recording while that is on. */
export function createRecordedCheck(
  config: Config['auto_record'],
  activity: RecordingActivity,
): RecordedCheck {
  const isWanted = config.enabled
    ? // A name is one word here: dots and braces in it mean nothing.
      picomatch(config.auto_streams, { dot: true, nobrace: true, noextglob: true, bash: true })
    : () => false;
  return (stream) => activity.isRecording(stream) || isWanted(stream);
}
