import clsx from 'clsx';
import {
  Camera,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  FastForward,
  GalleryHorizontal,
  LayoutGrid,
  Maximize,
  Pause,
  Play,
  Radio,
  SkipBack,
  SkipForward,
  Volume2,
  VolumeX,
} from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Menu, MenuChoice, MenuLabel } from '../../components/menu.tsx';
import { Tooltip } from '../../components/tooltip.tsx';
import {
  PICTURE_LAYOUTS,
  type PictureLayout,
  PLAYBACK_RATES,
  usePlayerStore,
} from '../../stores/player-store.ts';
import { ClockField } from './clock-field.tsx';
import { usePlayback } from './playback-context.ts';
import styles from './transport.module.css';

export interface TransportProps {
  readonly isJumping: boolean;
  readonly onJumpingChange: (isJumping: boolean) => void;
  readonly onPreviousGap: () => void;
  readonly onNextGap: () => void;
  readonly onSnapshot: () => void;
  readonly onFullScreen: () => void;
}

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const;
const LAYOUT_LABELS: Readonly<Record<PictureLayout, string>> = {
  1: 'One picture',
  2: 'Two pictures',
  4: 'Four pictures',
  9: 'Nine pictures',
  16: 'Sixteen pictures',
};

/** The row of buttons under the pictures. */
export function Transport(props: TransportProps) {
  const playback = usePlayback();
  const isPlaying = usePlayerStore((state) => state.isPlaying);
  const hasPlayhead = usePlayerStore((state) => state.playheadUs !== null);
  return (
    <div className={styles.transport} role="toolbar" aria-label="Playback">
      <IconButton label="Previous gap" shortcut="[" onClick={props.onPreviousGap}>
        <SkipBack {...ICON} />
      </IconButton>
      <IconButton label="One frame back" shortcut="←" onClick={() => void playback.stepFrame(-1)}>
        <ChevronLeft {...ICON} />
      </IconButton>
      <Tooltip text={isPlaying ? 'Pause' : 'Play'} shortcut="Space">
        <button
          type="button"
          className={styles.play}
          aria-label={isPlaying ? 'Pause' : 'Play'}
          disabled={!hasPlayhead}
          onClick={() => playback.togglePlay()}
        >
          {isPlaying ? (
            <Pause size={16} fill="currentColor" strokeWidth={0} aria-hidden />
          ) : (
            <Play size={16} fill="currentColor" strokeWidth={0} className={styles.playIcon} aria-hidden />
          )}
        </button>
      </Tooltip>
      <IconButton label="One frame forward" shortcut="→" onClick={() => void playback.stepFrame(1)}>
        <ChevronRight {...ICON} />
      </IconButton>
      <IconButton label="Next gap" shortcut="]" onClick={props.onNextGap}>
        <SkipForward {...ICON} />
      </IconButton>
      <ClockField isEditing={props.isJumping} onEditingChange={props.onJumpingChange} />
      <span className={styles.separator} />
      <RateMenu />
      <Sound />
      <SkipGaps />
      <span className={styles.space} />
      <IconButton label="Save the picture" shortcut="S" onClick={props.onSnapshot}>
        <Camera {...ICON} />
      </IconButton>
      <StripToggle />
      <LayoutMenu />
      <IconButton label="Full screen" shortcut="F" onClick={props.onFullScreen}>
        <Maximize {...ICON} />
      </IconButton>
      <span className={styles.separator} />
      <Button
        className={styles.live}
        icon={<Radio {...ICON} />}
        aria-label="Go live"
        onClick={() => playback.goLive()}
        disabled={!hasPlayhead}
      >
        <span>Go live</span>
      </Button>
    </div>
  );
}

function RateMenu() {
  const rate = usePlayerStore((state) => state.rate);
  const setRate = usePlayerStore((state) => state.setRate);
  const label = (value: number): string => `${value}×`;
  return (
    <Menu
      align="start"
      label="Speed"
      trigger={
        <button type="button" className={styles.rate} aria-label={`Speed, now ${label(rate)}`}>
          {label(rate)}
          <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
        </button>
      }
    >
      <MenuLabel>Speed</MenuLabel>
      <MenuChoice
        value={String(rate)}
        options={PLAYBACK_RATES.map((value) => ({ value: String(value), label: label(value) }))}
        onChange={(value) => setRate(Number(value))}
      />
    </Menu>
  );
}

function Sound() {
  const isMuted = usePlayerStore((state) => state.isMuted);
  const volume = usePlayerStore((state) => state.volume);
  const setMuted = usePlayerStore((state) => state.setMuted);
  const setVolume = usePlayerStore((state) => state.setVolume);
  const isSilent = isMuted || volume === 0;
  return (
    <span className={styles.sound}>
      <IconButton
        label={isSilent ? 'Sound on' : 'Sound off'}
        shortcut="M"
        onClick={() => (volume === 0 ? setVolume(1) : setMuted(!isMuted))}
      >
        {isSilent ? <VolumeX {...ICON} /> : <Volume2 {...ICON} />}
      </IconButton>
      <input
        type="range"
        className={styles.volume}
        aria-label="Volume"
        min={0}
        max={100}
        value={isMuted ? 0 : Math.round(volume * 100)}
        onChange={(event) => setVolume(Number(event.target.value) / 100)}
      />
    </span>
  );
}

function SkipGaps() {
  const shouldSkipGaps = usePlayerStore((state) => state.shouldSkipGaps);
  const setSkipGaps = usePlayerStore((state) => state.setSkipGaps);
  return (
    <Tooltip text="Where nothing is recorded, go on at the next recorded time">
      <button
        type="button"
        className={clsx(styles.toggle, shouldSkipGaps && styles.on)}
        aria-label="Skip gaps"
        aria-pressed={shouldSkipGaps}
        onClick={() => setSkipGaps(!shouldSkipGaps)}
      >
        <FastForward {...ICON} />
        <span className={styles.toggleText}>Skip gaps</span>
      </button>
    </Tooltip>
  );
}

function StripToggle() {
  const isStripShown = usePlayerStore((state) => state.isStripShown);
  const setStripShown = usePlayerStore((state) => state.setStripShown);
  return (
    <IconButton
      label="Frames around the playhead"
      shortcut="P"
      className={clsx(isStripShown && styles.on)}
      aria-pressed={isStripShown}
      onClick={() => setStripShown(!isStripShown)}
    >
      <GalleryHorizontal {...ICON} />
    </IconButton>
  );
}

function LayoutMenu() {
  const layout = usePlayerStore((state) => state.layout);
  const setLayout = usePlayerStore((state) => state.setLayout);
  return (
    <Menu
      label="Pictures"
      trigger={
        <IconButton label={`Layout, now ${LAYOUT_LABELS[layout].toLowerCase()}`} hasTooltip={false}>
          <LayoutGrid {...ICON} />
        </IconButton>
      }
    >
      <MenuLabel>Pictures at once</MenuLabel>
      <MenuChoice
        value={String(layout)}
        options={PICTURE_LAYOUTS.map((value) => ({ value: String(value), label: LAYOUT_LABELS[value] }))}
        onChange={(value) => setLayout(PICTURE_LAYOUTS.find((known) => String(known) === value) ?? 4)}
      />
    </Menu>
  );
}
