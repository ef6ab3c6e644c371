import { Maximize, Radio } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ResizablePanel } from '../../components/resizable-panel.tsx';
import { replaceQuery, useRoute } from '../../router.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { setPanelSize, useSettingsStore } from '../../stores/settings-store.ts';
import { LivePicture } from './live-picture.tsx';
import { LiveToolbar } from './live-toolbar.tsx';
import styles from './live-view.module.css';
import { visibleStreams, type Wall, withStream } from './live-wall.ts';
import { StreamChooser } from './stream-chooser.tsx';
import { orderStreams } from './stream-order.ts';
import { toggleFullScreen } from './toggle-full-screen.ts';
import { useLiveKeys } from './use-live-keys.ts';
import { changeWall, useWall } from './use-wall.ts';

const PANEL = 'live-streams';
const PANEL_DEFAULT_PX = 240;
const FIRST_STREAMS = 4;

/** Live: streams at the left, a wall of pictures beside them. */
export function LiveView() {
  const wall = useWall();
  const panelPx = useSettingsStore((state) => state.panelSizes[PANEL] ?? PANEL_DEFAULT_PX);
  const stage = useRef<HTMLDivElement>(null);
  const fullScreen = (): void => void toggleFullScreen(stage.current);
  useRouteQuery();
  useLiveKeys(fullScreen);
  const shown = visibleStreams(wall);

  return (
    <div className={styles.view}>
      <ResizablePanel
        label="Streams to watch"
        side="left"
        sizePx={panelPx}
        minPx={200}
        maxPx={420}
        onResize={(px) => setPanelSize(PANEL, px)}
        className={styles.left}
      >
        <StreamChooser wall={wall} />
      </ResizablePanel>
      <div className={styles.middle}>
        <LiveToolbar wall={wall} shownCount={shown.length}>
          <Button onClick={fullScreen} icon={<Maximize size={16} strokeWidth={1.75} aria-hidden />}>
            Full screen
          </Button>
        </LiveToolbar>
        <div ref={stage} className={styles.stage}>
          {shown.length === 0 ? <NothingChosen /> : <Pictures wall={wall} shown={shown} />}
        </div>
      </div>
    </div>
  );
}

function Pictures({ wall, shown }: { readonly wall: Wall; readonly shown: readonly string[] }) {
  const free = Array.from({ length: wall.layout - shown.length }, (_, index) => `free-${index}`);
  return (
    <div className={styles.grid} data-layout={wall.layout}>
      {shown.map((stream) => (
        <LivePicture
          key={stream}
          stream={stream}
          isActive={stream === wall.active}
          isOneOfMany={wall.layout > 1}
          hasSound={wall.hasSound}
          hasStats={wall.hasStats}
        />
      ))}
      {free.map((key) => (
        <div key={key} className={styles.free} aria-hidden />
      ))}
    </div>
  );
}

function NothingChosen() {
  const streams = useClusterStore((state) => state.streams);
  const phase = useClusterStore((state) => state.phase);
  if (phase !== 'ready') return null;
  const live = orderStreams(streams, '').filter(({ isLive }) => isLive);
  if (live.length === 0) {
    return (
      <EmptyState title="No stream is live" icon={<Radio size={24} strokeWidth={1.5} aria-hidden />}>
        A stream can be watched here as soon as somebody publishes to a node of the cluster.
      </EmptyState>
    );
  }
  const first = live.slice(0, FIRST_STREAMS).map(({ id }) => id);
  const showFirst = (): void =>
    changeWall((wall) => ({ ...first.reduce(withStream, wall), active: first[0] ?? null }));
  return (
    <EmptyState
      title="Nothing chosen"
      icon={<Radio size={24} strokeWidth={1.5} aria-hidden />}
      action={
        <Button tone="primary" onClick={showFirst}>
          {first.length === 1 ? `Watch ${first[0]}` : `Watch the first ${first.length}`}
        </Button>
      }
    >
      Tick up to 16 streams at the left to watch them side by side.
    </EmptyState>
  );
}

/** `#/live?stream=a` puts a stream on the wall. */
function useRouteQuery(): void {
  const route = useRoute();
  const stream = route?.view === 'live' ? route.query.get('stream') : null;
  useEffect(() => {
    if (!stream) return;
    changeWall((wall) => withStream(wall, stream));
    // Taken in: a reload is to show the wall as it was left, and the same link is to work again.
    replaceQuery({});
  }, [stream]);
}
