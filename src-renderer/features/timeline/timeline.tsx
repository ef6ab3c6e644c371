import { type KeyboardEvent, useEffect, useEffectEvent, useImperativeHandle, useRef, useState } from 'react';
import type { RecordedStream } from '../../../src-shared/model/segment.ts';
import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { StateDot } from '../../components/state-dot.tsx';
import { formatNearDate } from '../../format/times.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';
import type { CoverageSource } from './coverage-source.ts';
import styles from './timeline.module.css';
import { TimelineController } from './timeline-controller.ts';
import { zoomAt } from './timeline-scale.ts';
import { nudgeEdge, type SelectionEdge } from './timeline-selection.ts';

/** What keys and buttons outside of it do to the timeline. */
export interface TimelineHandle {
  /** Zooms by `factor` (above 1: in) around the playhead, or the middle where it is not in sight. */
  zoom(factor: number, aroundUs: number | null): void;
}

export interface TimelineProps {
  readonly ref?: React.Ref<TimelineHandle>;
  readonly lanes: readonly RecordedStream[];
  readonly active: string | null;
  readonly zone: string;
  readonly source: CoverageSource;
  readonly onJump: (us: number, stream: string | null) => void;
  readonly onScrub: (us: number) => void;
  readonly onFit: (us: number) => void;
  readonly onActivate: (stream: string) => void;
  /** What to say while there is no lane, or nothing of what is visible was recorded. */
  readonly emptyNotice: React.ReactNode;
}

/** Lengths by which arrow keys move an edge of the selection. */
const FRAME_US = 40_000;

/** Lanes of recorded time with ruler, selection and playhead. Its drawing is a canvas, its texts are DOM. */
export function Timeline(props: TimelineProps) {
  const { lanes, active, zone, source } = props;
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLOListElement>(null);
  const labels = useRef<HTMLDivElement>(null);
  const tag = useRef<HTMLDivElement>(null);
  const pill = useRef<HTMLDivElement>(null);
  const hint = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLCanvasElement>(null);
  const slider = useRef<HTMLDivElement>(null);
  const startHandle = useRef<HTMLDivElement>(null);
  const endHandle = useRef<HTMLDivElement>(null);
  const controller = useRef<TimelineController | null>(null);
  const [isEmpty, setEmpty] = useState(false);

  const readInput = useEffectEvent(() => ({ ...props, onEmptyChange: setEmpty }));
  useEffect(() => {
    const elements = {
      stage: stage.current,
      canvas: canvas.current,
      scroller: scroller.current,
      labels: labels.current,
      tag: tag.current,
      pill: pill.current,
      hint: hint.current,
      picture: picture.current,
      slider: slider.current,
      startHandle: startHandle.current,
      endHandle: endHandle.current,
    };
    if (!isComplete(elements)) return;
    const classes = { rulerLabel: styles.rulerLabel ?? '', gapLabel: styles.gapLabel ?? '' };
    const created = new TimelineController(elements, classes, source, () => readInput());
    controller.current = created;
    return () => {
      created.dispose();
      controller.current = null;
      elements.labels.replaceChildren();
    };
  }, [source]);
  useEffect(() => controller.current?.inputChanged());

  useImperativeHandle(props.ref, () => ({
    zoom(factor, aroundUs) {
      const { view, setView } = useTimelineStore.getState();
      const widthPx = controller.current?.widthPx ?? 0;
      if (!controller.current || widthPx === 0) return;
      const isInSight = aroundUs !== null && aroundUs >= view.startUs && aroundUs <= view.endUs;
      const share = isInSight ? (aroundUs - view.startUs) / (view.endUs - view.startUs) : 0.5;
      setView(zoomAt(view, widthPx, share * widthPx, factor, controller.current.limits()));
    },
  }));

  return (
    <div className={styles.timeline}>
      <div className={styles.corner}>
        <ViewDate zone={zone} />
      </div>
      <ol ref={scroller} className={styles.lanes} aria-label="Lanes">
        {lanes.map((lane) => (
          <li key={lane.stream} className={styles.lane} data-active={lane.stream === active || undefined}>
            <button type="button" className={styles.laneName} onClick={() => props.onActivate(lane.stream)}>
              <StateDot tone={lane.isRecording ? 'rec' : 'idle'} />
              <span className={styles.laneText}>{lane.stream}</span>
            </button>
          </li>
        ))}
      </ol>
      <div ref={stage} className={styles.stage} data-testid="timeline-stage">
        <canvas ref={canvas} className={styles.canvas} aria-hidden />
        <div ref={labels} className={styles.labels} aria-hidden />
        <div
          ref={slider}
          className={styles.slider}
          role="slider"
          tabIndex={0}
          aria-label="Playhead"
          aria-valuenow={0}
          data-own-keys
        />
        <div ref={tag} className={styles.tag} hidden aria-hidden />
        <div ref={pill} className={styles.pill} hidden aria-hidden />
        <SelectionHandle ref={startHandle} edge="start" />
        <SelectionHandle ref={endHandle} edge="end" />
        <div ref={hint} className={styles.hint} hidden aria-hidden />
        <canvas ref={picture} className={styles.picture} hidden aria-hidden data-testid="hover-picture" />
        {(isEmpty || lanes.length === 0) && (
          <div className={styles.empty}>
            <div className={styles.emptyText}>{props.emptyNotice}</div>
          </div>
        )}
      </div>
    </div>
  );
}

/** The date at the left edge of the ruler. */
function ViewDate({ zone }: { readonly zone: string }) {
  const date = useTimelineStore((state) => formatNearDate(state.view.startUs, zone));
  return <>{date}</>;
}

/** An edge of the selection for the keyboard: arrows by a frame, with Shift a second, with Ctrl ten. */
function SelectionHandle({
  ref,
  edge,
}: {
  readonly ref: React.Ref<HTMLDivElement>;
  readonly edge: SelectionEdge;
}) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    const { selection, setSelection } = useTimelineStore.getState();
    if (direction === 0 || !selection) return;
    event.preventDefault();
    event.stopPropagation();
    const stepUs =
      event.ctrlKey || event.metaKey ? 10 * US_PER_SECOND : event.shiftKey ? US_PER_SECOND : FRAME_US;
    setSelection(nudgeEdge(selection, edge, direction * stepUs, FRAME_US));
  };
  return (
    <div
      ref={ref}
      className={styles.handle}
      hidden
      role="slider"
      tabIndex={0}
      aria-label={edge === 'start' ? 'Start of the selection' : 'End of the selection'}
      aria-valuenow={0}
      onKeyDown={onKeyDown}
    />
  );
}

function isComplete<T extends Record<string, unknown>>(
  elements: T,
): elements is { [K in keyof T]: NonNullable<T[K]> } {
  return Object.values(elements).every((element) => element !== null);
}
