/** Where one recorder's recordings may start: at `offsetMs` in every `periodMs` of wall clock time. */
export interface StartSlots {
  readonly periodMs: number;
  readonly offsetMs: number;
}

/** A recording to be made; `endMs` is exclusive. */
export interface PlannedRecording {
  readonly startMs: number;
  readonly endMs: number;
}

export interface PlanOptions {
  readonly slots: StartSlots;
  /** How long a recording lasts before the next one follows. */
  readonly lengthMs: number;
  /** Pause before a recording that follows another one. */
  readonly waitMs: number;
  /** When nothing was recorded. */
  readonly hole?: { readonly fromMs: number; readonly toMs: number };
}

/** The first allowed start at or after `timeMs`. */
export function nextSlot(slots: StartSlots, timeMs: number): number {
  return Math.ceil((timeMs - slots.offsetMs) / slots.periodMs) * slots.periodMs + slots.offsetMs;
}

/** The recording that starts at the first slot at or after `fromMs`, cut short by the hole if it meets it. */
export function planRecording(options: PlanOptions, fromMs: number): PlannedRecording {
  const { slots, lengthMs, waitMs, hole } = options;
  const startMs = nextSlot(slots, fromMs);
  const endMs = nextSlot(slots, startMs + lengthMs) - waitMs;
  if (!hole || hole.toMs <= startMs || hole.fromMs >= endMs) return { startMs, endMs };
  if (hole.fromMs <= startMs) return planRecording(options, hole.toMs);
  return { startMs, endMs: hole.fromMs };
}
