import type { TimeRange } from '../../../src-shared/model/time-range.ts';

export type SelectionEdge = 'start' | 'end';

/** The range between two instants in any order, or null where they are the same. */
export function selectionBetween(aUs: number, bUs: number): TimeRange | null {
  if (aUs === bUs) return null;
  return { startUs: Math.min(aUs, bUs), endUs: Math.max(aUs, bUs) };
}

/** Moves an edge to `us`; dragged over the other one, it becomes that one. */
export function moveEdge(
  selection: TimeRange,
  edge: SelectionEdge,
  us: number,
): { selection: TimeRange; edge: SelectionEdge } {
  const fixedUs = edge === 'start' ? selection.endUs : selection.startUs;
  if (us === fixedUs) return { selection, edge };
  return {
    selection: { startUs: Math.min(us, fixedUs), endUs: Math.max(us, fixedUs) },
    edge: us < fixedUs ? 'start' : 'end',
  };
}

/** Moves an edge by `byUs`, at least `minLengthUs` away from the other one. */
export function nudgeEdge(
  selection: TimeRange,
  edge: SelectionEdge,
  byUs: number,
  minLengthUs: number,
): TimeRange {
  if (edge === 'start')
    return { ...selection, startUs: Math.min(selection.startUs + byUs, selection.endUs - minLengthUs) };
  return { ...selection, endUs: Math.max(selection.endUs + byUs, selection.startUs + minLengthUs) };
}

/** Moves the whole selection. */
export function shiftSelection(selection: TimeRange, byUs: number): TimeRange {
  return { startUs: selection.startUs + byUs, endUs: selection.endUs + byUs };
}

/** Sets the in-point; an out-point that would come before it goes `defaultLengthUs` after it. */
export function withInPoint(selection: TimeRange | null, us: number, defaultLengthUs: number): TimeRange {
  const endUs = selection && selection.endUs > us ? selection.endUs : us + defaultLengthUs;
  return { startUs: us, endUs };
}

/** Sets the out-point; an in-point that would come after it goes `defaultLengthUs` before it. */
export function withOutPoint(selection: TimeRange | null, us: number, defaultLengthUs: number): TimeRange {
  const startUs = selection && selection.startUs < us ? selection.startUs : us - defaultLengthUs;
  return { startUs, endUs: us };
}

/** Sets the length, keeping the in-point. */
export function withLength(selection: TimeRange, lengthUs: number): TimeRange {
  return lengthUs > 0 ? { startUs: selection.startUs, endUs: selection.startUs + lengthUs } : selection;
}
