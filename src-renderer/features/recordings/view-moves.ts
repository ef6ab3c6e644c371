import { dayStartUs, shiftDaysUs, usOfFields } from '../../format/zone-time.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';
import { centreOn, fitRange, limitsFor, revealUs } from '../timeline/timeline-scale.ts';
import type { RecordingParts } from './use-recording-parts.ts';

/** Moves playhead and view to an instant. */
export function goTo(us: number, { playback }: Pick<RecordingParts, 'playback'>): void {
  const { view, setView } = useTimelineStore.getState();
  const limits = limitsFor(us, Date.now() * 1000);
  const isFar = us < view.startUs || us > view.endUs;
  setView(isFar ? centreOn(view, us, limits) : revealUs(view, us, limits));
  playback.seek(us);
}

/** Fits the selection that was hit, else the recorded time of the stream, else its day. */
export function fitAround(us: number, lane: { startUs: number; endUs: number } | null, zone: string): void {
  const { selection, setView } = useTimelineStore.getState();
  const startUs = dayStartUs(us, zone);
  const day = { startUs, endUs: shiftDaysUs(startUs, 1, zone) };
  const isHit = selection !== null && us >= selection.startUs && us <= selection.endUs;
  const recorded = lane && {
    startUs: Math.max(lane.startUs, day.startUs),
    endUs: Math.min(lane.endUs, day.endUs),
  };
  const range = isHit ? selection : recorded && recorded.startUs < recorded.endUs ? recorded : day;
  setView(fitRange(range, limitsFor(lane?.startUs ?? null, Date.now() * 1000)));
}

/** Shows a whole day (`yyyy-mm-dd`) of the zone. */
export function showDay(chosen: string, zone: string, firstUs: number | null): void {
  const [year = 1970, month = 1, day = 1] = chosen.split('-').map(Number);
  const startUs = usOfFields({ year, month, day }, zone);
  const endUs = usOfFields({ year, month, day: day + 1 }, zone);
  const { setView, setFollowing } = useTimelineStore.getState();
  setFollowing(false);
  setView(fitRange({ startUs, endUs }, limitsFor(firstUs, Date.now() * 1000)));
}
