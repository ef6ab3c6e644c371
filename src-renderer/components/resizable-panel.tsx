import clsx from 'clsx';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import styles from './resizable-panel.module.css';

export interface ResizablePanelProps {
  /** Accessible name of the panel and, with "Width/Height of", of its edge. */
  readonly label: string;
  /** Which side of its container it lies on; the edge is opposite. */
  readonly side: 'left' | 'right' | 'bottom';
  readonly sizePx: number;
  readonly minPx: number;
  readonly maxPx: number;
  /** Called once a new size is chosen, not while the edge is dragged. */
  readonly onResize: (sizePx: number) => void;
  readonly children: ReactNode;
  readonly className?: string;
}

const KEY_STEP_PX = 16;

/** A panel whose inner edge can be dragged, or moved with the arrow keys. */
export function ResizablePanel(props: ResizablePanelProps) {
  const { label, side, minPx, maxPx, onResize, children, className } = props;
  const isVertical = side === 'bottom';
  const [draggedPx, setDraggedPx] = useState<number | null>(null);
  const drag = useRef<{ fromPx: number; sizePx: number } | null>(null);
  const clamp = (px: number) => Math.round(Math.min(maxPx, Math.max(minPx, px)));
  const sizePx = clamp(draggedPx ?? props.sizePx);
  const direction = side === 'left' ? 1 : -1;
  const positionOf = (event: PointerEvent) => (isVertical ? event.clientY : event.clientX);

  const onPointerDown = (event: PointerEvent<HTMLHRElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { fromPx: positionOf(event), sizePx };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!drag.current) return;
    setDraggedPx(clamp(drag.current.sizePx + direction * (positionOf(event) - drag.current.fromPx)));
  };
  const onPointerEnd = () => {
    if (drag.current && draggedPx !== null) onResize(draggedPx);
    drag.current = null;
    setDraggedPx(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = stepOf(event.key, isVertical);
    if (step === 0) return;
    event.preventDefault();
    onResize(clamp(sizePx + direction * step * KEY_STEP_PX));
  };

  return (
    <section
      aria-label={label}
      className={clsx(styles.panel, styles[side], className)}
      style={isVertical ? { height: sizePx } : { width: sizePx }}
    >
      {children}
      <hr
        tabIndex={0}
        aria-label={`${isVertical ? 'Height' : 'Width'} of ${label}`}
        aria-orientation={isVertical ? 'horizontal' : 'vertical'}
        aria-valuenow={sizePx}
        aria-valuemin={minPx}
        aria-valuemax={maxPx}
        className={styles.edge}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerEnd}
        onPointerCancel={onPointerEnd}
        onKeyDown={onKeyDown}
      />
    </section>
  );
}

function stepOf(key: string, isVertical: boolean): -1 | 0 | 1 {
  if (key === (isVertical ? 'ArrowDown' : 'ArrowRight')) return 1;
  return key === (isVertical ? 'ArrowUp' : 'ArrowLeft') ? -1 : 0;
}
