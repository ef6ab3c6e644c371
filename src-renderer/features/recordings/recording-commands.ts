import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { errorMessage, isAborted } from '../../api/client.ts';
import { formatClock } from '../../format/times.ts';
import { usePlayerStore } from '../../stores/player-store.ts';
import { lanesOf, useRecordingsStore } from '../../stores/recordings-store.ts';
import { selectZone, useSettingsStore } from '../../stores/settings-store.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';
import { visiblePictures } from '../player/playback-director.ts';
import type { PlaybackSession } from '../player/playback-session.ts';
import type { PlayerCommand } from '../player/player-keys.ts';
import { saveSnapshot, snapshotName } from '../player/snapshot.ts';
import { withInPoint, withOutPoint } from '../timeline/timeline-selection.ts';
import { findGaps } from './find-gaps.ts';

/** What the commands need of the view. */
export interface CommandEnvironment {
  readonly playback: PlaybackSession;
  readonly zoom: (factor: number) => void;
  readonly jump: () => void;
  readonly fullScreen: () => void;
  readonly focusExport: () => void;
  readonly bookmark: () => void;
  /** Says something for a moment. */
  readonly say: (message: string) => void;
}

const ZOOM_STEP = 1.6;
const DEFAULT_LENGTH_US = 10 * US_PER_SECOND;

/** Does what a key or a button of the view stands for. */
export function runCommand(command: PlayerCommand, environment: CommandEnvironment): void {
  const { playback } = environment;
  const player = usePlayerStore.getState();
  const actions: Readonly<Record<PlayerCommand, () => void>> = {
    'toggle-play': () => playback.togglePlay(),
    slower: () => playback.changeRate(-1),
    pause: () => player.setPlaying(false),
    faster: () => playback.changeRate(1),
    'frame-back': () => void playback.stepFrame(-1),
    'frame-forward': () => void playback.stepFrame(1),
    'second-back': () => playback.shift(-US_PER_SECOND),
    'second-forward': () => playback.shift(US_PER_SECOND),
    'ten-back': () => playback.shift(-10 * US_PER_SECOND),
    'ten-forward': () => playback.shift(10 * US_PER_SECOND),
    'key-frame-back': () => playback.stepKeyFrame(-1),
    'key-frame-forward': () => playback.stepKeyFrame(1),
    'recording-start': () => void goToGap('recording-start', environment),
    'recording-end': () => void goToGap('recording-end', environment),
    'previous-gap': () => void goToGap('previous-gap', environment),
    'next-gap': () => void goToGap('next-gap', environment),
    jump: environment.jump,
    'in-point': () => setPoint(withInPoint),
    'out-point': () => setPoint(withOutPoint),
    'clear-selection': () => useTimelineStore.getState().setSelection(null),
    export: environment.focusExport,
    bookmark: environment.bookmark,
    snapshot: () => void takeSnapshot(environment),
    'toggle-strip': () => player.setStripShown(!player.isStripShown),
    'toggle-sound': () => player.setMuted(!player.isMuted),
    'full-screen': environment.fullScreen,
    'go-live': () => playback.goLive(),
    'zoom-in': () => environment.zoom(ZOOM_STEP),
    'zoom-out': () => environment.zoom(1 / ZOOM_STEP),
  };
  actions[command]();
}

/** Sets an end of the selection at the playhead. */
function setPoint(place: typeof withInPoint): void {
  const { playheadUs } = usePlayerStore.getState();
  const { selection, setSelection } = useTimelineStore.getState();
  if (playheadUs !== null) setSelection(place(selection, playheadUs, DEFAULT_LENGTH_US));
}

/** Makes the picture at this place (from 0) the active one. */
export function choosePicture(index: number): void {
  const state = useRecordingsStore.getState();
  const names = lanesOf(state).map(({ stream }) => stream);
  const shown = visiblePictures(names, state.active, usePlayerStore.getState().layout);
  const stream = shown[index];
  if (stream) state.setActive(stream);
}

let search: AbortController | null = null;

type GapCommand = 'recording-start' | 'recording-end' | 'previous-gap' | 'next-gap';

async function goToGap(command: GapCommand, { playback, say }: CommandEnvironment): Promise<void> {
  const { active } = useRecordingsStore.getState();
  const { playheadUs } = usePlayerStore.getState();
  if (!active || playheadUs === null) return;
  search?.abort();
  search = new AbortController();
  try {
    const { nextUs, previousUs, around } = await findGaps(active, playheadUs, search.signal);
    const targets: Readonly<Record<GapCommand, number | null>> = {
      'next-gap': nextUs,
      'previous-gap': previousUs,
      'recording-start': around?.startUs ?? null,
      'recording-end': around ? Math.max(around.startUs, around.endUs - US_PER_SECOND / 5) : null,
    };
    const target = targets[command];
    if (target !== null) playback.seek(target);
    else say(nothingThere(command, active));
  } catch (error) {
    if (!isAborted(error)) say(errorMessage(error));
  }
}

function nothingThere(command: GapCommand, stream: string): string {
  if (command === 'next-gap') return `${stream} has no recorded time behind a later gap.`;
  if (command === 'previous-gap') return `${stream} has no recorded time before an earlier gap.`;
  return `Nothing of ${stream} is recorded here.`;
}

async function takeSnapshot({ playback, say }: CommandEnvironment): Promise<void> {
  const { active } = useRecordingsStore.getState();
  const player = playback.player(active);
  const us = player?.shownUs() ?? usePlayerStore.getState().playheadUs;
  if (!player || !active || us === null) return;
  const zone = selectZone(useSettingsStore.getState());
  const isSaved = await saveSnapshot(player.video, snapshotName(active, us, zone));
  say(
    isSaved ? `Picture of ${formatClock(us, zone, 'milliseconds')} saved.` : 'There is no picture to save.',
  );
}
