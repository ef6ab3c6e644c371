import { useEffect, useRef, useState } from 'react';
import { parseTime } from '../../format/time-parser.ts';
import { formatClock, formatNearDate } from '../../format/times.ts';
import { offsetName } from '../../format/zone-time.ts';
import { usePlayerStore } from '../../stores/player-store.ts';
import { useZone } from '../../stores/settings-store.ts';
import { usePlayback } from './playback-context.ts';
import styles from './transport.module.css';

export interface ClockFieldProps {
  /** Set while a time is typed. */
  readonly isEditing: boolean;
  readonly onEditingChange: (isEditing: boolean) => void;
}

/** The clock of the playhead; a click or `G` turns it into a field for a time. */
export function ClockField({ isEditing, onEditingChange }: ClockFieldProps) {
  if (isEditing) return <JumpField onClose={() => onEditingChange(false)} />;
  return <PlayheadClock onEdit={() => onEditingChange(true)} />;
}

/** Written on each change of the playhead, up to sixty times a second, without going through React. */
function PlayheadClock({ onEdit }: { readonly onEdit: () => void }) {
  const zone = useZone();
  const clock = useRef<HTMLSpanElement>(null);
  const date = useRef<HTMLSpanElement>(null);
  const hasPlayhead = usePlayerStore((state) => state.playheadUs !== null);
  useEffect(() => {
    const write = (): void => {
      const us = usePlayerStore.getState().playheadUs;
      if (us === null || !clock.current || !date.current) return;
      clock.current.textContent = formatClock(us, zone, 'milliseconds');
      const day = dayText(us, zone);
      if (date.current.textContent !== day) date.current.textContent = day;
    };
    write();
    return usePlayerStore.subscribe(write);
  }, [zone]);
  return (
    <button
      type="button"
      className={styles.clock}
      title="Go to a typed time (G)"
      aria-label="Go to a typed time"
      data-testid="playhead-clock"
      disabled={!hasPlayhead}
      onClick={onEdit}
    >
      <span ref={clock} className={styles.time}>
        --:--:--.---
      </span>
      <span ref={date} className={styles.date} />
    </button>
  );
}

/** "Sun 25 Oct"; with the offset where it is another than now: the hour before and after a change has the same name. */
function dayText(us: number, zone: string): string {
  const day = formatNearDate(us, zone);
  const offset = offsetName(us, zone);
  return offset === offsetName(Date.now() * 1000, zone) ? day : `${day} ${offset}`;
}

/** A field that takes a time as one says it. */
function JumpField({ onClose }: { readonly onClose: () => void }) {
  const playback = usePlayback();
  const zone = useZone();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const submit = (): void => {
    const nowUs = Date.now() * 1000;
    const referenceUs = usePlayerStore.getState().playheadUs ?? nowUs;
    const parsed = parseTime(text, { timeZone: zone, referenceUs, nowUs });
    if (!parsed.ok) {
      setProblem(parsed.message);
      return;
    }
    playback.seek(parsed.us);
    onClose();
  };
  return (
    <form
      className={styles.jump}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <input
        ref={field}
        className={styles.jumpInput}
        aria-label="Time to go to"
        aria-invalid={problem !== null}
        aria-describedby="jump-hint"
        placeholder="14:03:20"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
        }}
        onBlur={onClose}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
        }}
      />
      <span
        id="jump-hint"
        className={styles.jumpHint}
        role={problem ? 'alert' : undefined}
        data-bad={problem !== null}
      >
        {problem ?? `Such as 14:03:20, 22 Nov 14:03 or -5m, in ${zone}. Enter goes there.`}
      </span>
    </form>
  );
}
