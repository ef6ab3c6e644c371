import { PanelRightOpen } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { BookmarkInput } from '../../../src-shared/model/bookmark.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { ResizablePanel } from '../../components/resizable-panel.tsx';
import { formatIsoDay } from '../../format/times.ts';
import { dayStartUs, shiftDaysUs } from '../../format/zone-time.ts';
import { replaceQuery, useRoute } from '../../router.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { usePlayerStore } from '../../stores/player-store.ts';
import { lanesOf, useRecordingsStore } from '../../stores/recordings-store.ts';
import { NEEDS_OPERATOR, selectRights } from '../../stores/rights.ts';
import { useSessionStore } from '../../stores/session-store.ts';
import { useZone } from '../../stores/settings-store.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { addBookmark } from '../bookmarks/bookmark-actions.ts';
import { BookmarkDialog } from '../bookmarks/bookmark-dialog.tsx';
import { FRAME_STRIP_PX, FrameStrip } from '../player/frame-strip.tsx';
import { PictureGrid } from '../player/picture-grid.tsx';
import { PlaybackProvider } from '../player/playback-context.ts';
import type { PlayerCommand } from '../player/player-keys.ts';
import { Transport } from '../player/transport.tsx';
import { Timeline, type TimelineHandle } from '../timeline/timeline.tsx';
import { TimelineOverview } from '../timeline/timeline-overview.tsx';
import { bookmarkDraft, goToBookmark } from './bookmark-moves.ts';
import { DetailPanel } from './detail-panel.tsx';
import { EmptyNotice } from './empty-notice.tsx';
import { MonthCalendar } from './month-calendar.tsx';
import { type CommandEnvironment, choosePicture, runCommand } from './recording-commands.ts';
import styles from './recordings-view.module.css';
import { StreamList } from './stream-list.tsx';
import { useRecordingKeys } from './use-recording-keys.ts';
import { type RecordingParts, useRecordingParts } from './use-recording-parts.ts';
import { fitAround, goTo, showDay } from './view-moves.ts';

/** Recordings: streams and days at the left, pictures and timeline in the middle, the selection at the right. */
export function RecordingsView() {
  const parts = useRecordingParts();
  return parts && <LoadedView parts={parts} />;
}

function LoadedView({ parts }: { readonly parts: RecordingParts }) {
  const { playback, source } = parts;
  const zone = useZone();
  const panels = useRecordingsStore((state) => state.panels);
  const setPanels = useRecordingsStore((state) => state.setPanels);
  const isDetailOpen = useRecordingsStore((state) => state.isDetailOpen);
  const setDetailOpen = useRecordingsStore((state) => state.setDetailOpen);
  const active = useRecordingsStore((state) => state.active);
  const lanes = useRecordingsStore(useShallow(lanesOf));
  const isStripShown = usePlayerStore((state) => state.isStripShown);
  const [isJumping, setJumping] = useState(false);
  const stage = useRef<HTMLDivElement>(null);
  const timeline = useRef<TimelineHandle>(null);
  const day = useViewedDay(zone);
  const firstUs = lanes.length > 0 ? Math.min(...lanes.map((lane) => lane.startUs)) : null;
  const activeLane = lanes.find((lane) => lane.stream === active) ?? null;
  const stripPx = isStripShown && activeLane ? FRAME_STRIP_PX : 0;
  useRouteQuery(parts);
  useFirstPlayhead(parts);

  const environment: CommandEnvironment = {
    playback,
    zoom: (factor) => timeline.current?.zoom(factor, usePlayerStore.getState().playheadUs),
    jump: () => setJumping(true),
    fullScreen: () => void toggleFullScreen(stage.current),
    focusExport: () => {
      setDetailOpen(true);
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>('[data-testid="export-button"]')?.focus(),
      );
    },
    bookmark: () => {
      if (!selectRights(useSessionStore.getState()).mayOperate) return showToast({ text: NEEDS_OPERATOR });
      const wanted = bookmarkDraft();
      if (wanted) askForBookmark(wanted);
      else showToast({ text: 'Go to a time first, then press B.' });
    },
    say: (text) => showToast({ text }),
  };
  const run = (command: PlayerCommand): void => runCommand(command, environment);
  useRecordingKeys({ run, choosePicture });

  const onJump = (us: number, stream: string | null): void => {
    if (stream) useRecordingsStore.getState().setActive(stream);
    playback.seek(us, stream !== null);
  };
  const hasStreams = useRecordingsStore((state) => state.streams.length > 0);
  const emptyNotice =
    lanes.length > 0 ? (
      <EmptyNotice stream={active} zone={zone} onGo={(us) => goTo(us, parts)} />
    ) : (
      hasStreams && 'Tick a stream to see its recorded time here.'
    );
  const onFit = (us: number): void => fitAround(us, activeLane, zone);
  const onChooseDay = (chosen: string): void => showDay(chosen, zone, firstUs);

  return (
    <PlaybackProvider value={playback}>
      <div className={styles.view}>
        <ResizablePanel
          label="Streams and days"
          side="left"
          sizePx={panels.leftPx}
          minPx={200}
          maxPx={420}
          onResize={(leftPx) => setPanels({ leftPx })}
          className={styles.left}
        >
          <StreamList source={source} day={day} />
          <MonthCalendar
            day={formatIsoDay(day.startUs, zone)}
            zone={zone}
            streams={lanes.map(({ stream }) => stream)}
            onChoose={onChooseDay}
          />
        </ResizablePanel>
        <div className={styles.middle}>
          <div ref={stage} className={styles.stage}>
            <div className={styles.pictures}>
              <PictureGrid />
            </div>
            <Transport
              isJumping={isJumping}
              onJumpingChange={setJumping}
              onPreviousGap={() => run('previous-gap')}
              onNextGap={() => run('next-gap')}
              onSnapshot={() => run('snapshot')}
              onFullScreen={() => run('full-screen')}
            />
          </div>
          <ResizablePanel
            label="Timeline"
            side="bottom"
            // The strip takes its room from the pictures, not from the lanes.
            sizePx={panels.timelinePx + stripPx}
            minPx={120 + stripPx}
            maxPx={720 + stripPx}
            onResize={(px) => setPanels({ timelinePx: px - stripPx })}
            className={styles.bottom}
          >
            <Timeline
              ref={timeline}
              lanes={lanes}
              active={active}
              zone={zone}
              source={source}
              onJump={onJump}
              onScrub={(us) => playback.seek(us)}
              onFit={onFit}
              onActivate={(stream) => useRecordingsStore.getState().setActive(stream)}
              emptyNotice={emptyNotice}
            />
            {stripPx > 0 && activeLane && <FrameStrip stream={activeLane.stream} zone={zone} />}
            <TimelineOverview stream={activeLane} firstUs={firstUs} zone={zone} source={source} />
          </ResizablePanel>
        </div>
        {isDetailOpen ? (
          <ResizablePanel
            label="Selection"
            side="right"
            sizePx={panels.rightPx}
            minPx={240}
            maxPx={480}
            onResize={(rightPx) => setPanels({ rightPx })}
          >
            <DetailPanel
              onClose={() => setDetailOpen(false)}
              onGo={(bookmark) => goToBookmark(bookmark, parts)}
              onBookmark={() => run('bookmark')}
            />
          </ResizablePanel>
        ) : (
          <div className={styles.closed}>
            <IconButton label="Open the selection panel" onClick={() => setDetailOpen(true)}>
              <PanelRightOpen size={16} strokeWidth={1.75} aria-hidden />
            </IconButton>
          </div>
        )}
      </div>
    </PlaybackProvider>
  );
}

function askForBookmark(draft: BookmarkInput): void {
  showDialog((onClose) => (
    <BookmarkDialog
      title="Add bookmark"
      saveLabel="Add"
      initial={draft}
      stream={draft.stream}
      onSave={addBookmark}
      onClose={onClose}
    />
  ));
}

/** The local day in the middle of the view. */
function useViewedDay(zone: string): { startUs: number; endUs: number } {
  const startUs = useTimelineStore((state) => dayStartUs((state.view.startUs + state.view.endUs) / 2, zone));
  return { startUs, endUs: shiftDaysUs(startUs, 1, zone) };
}

/** `#/recordings?stream=a&at=<us>` chooses a stream and jumps. */
function useRouteQuery(parts: RecordingParts): void {
  const route = useRoute();
  const stream = route?.view === 'recordings' ? route.query.get('stream') : null;
  const at = route?.view === 'recordings' ? route.query.get('at') : null;
  const phase = useRecordingsStore((state) => state.phase);
  useEffect(() => {
    if (phase !== 'ready') return;
    const state = useRecordingsStore.getState();
    if (stream && state.streams.some((known) => known.stream === stream)) state.setActive(stream);
    const us = Number(at);
    if (at && Number.isSafeInteger(us) && us > 0) goTo(us, parts);
    // Taken in: a reload is to show what was looked at last, and the same link is to work again.
    if (stream || at) replaceQuery({});
  }, [stream, at, phase, parts]);
}

/** A fresh profile starts a little before the newest recorded instant of the active stream. */
function useFirstPlayhead(parts: RecordingParts): void {
  const lane = useRecordingsStore(
    useShallow((state) => state.streams.find(({ stream }) => stream === state.active) ?? null),
  );
  const start = useEffectEvent(() => {
    if (lane && usePlayerStore.getState().playheadUs === null) goTo(lane.endUs - 60_000_000, parts);
  });
  const hasLane = lane !== null;
  useEffect(() => {
    if (hasLane) start();
  }, [hasLane]);
}

async function toggleFullScreen(element: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else
    await element?.requestFullscreen().catch(() => showToast({ text: 'Full screen is not allowed here.' }));
}
