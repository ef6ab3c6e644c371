import { api } from '../../api/client.ts';
import { useReading } from '../../stores/use-reading.ts';

const REFRESH_MS = 60_000;
const NONE: readonly string[] = [];

/** Names of the streams that have recordings. */
export function useRecordedNames(): readonly string[] {
  const { value } = useReading('names', (signal) => api.call('listPlaybackStreams', { signal }), REFRESH_MS);
  return value ?? NONE;
}
