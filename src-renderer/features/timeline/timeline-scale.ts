import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_MS } from '../../../src-shared/util/units.ts';

/** What may be shown: the earliest and latest instant, and the shortest and longest visible span. */
export interface ScaleLimits {
  readonly earliestUs: number;
  readonly latestUs: number;
  readonly minSpanUs: number;
  readonly maxSpanUs: number;
}

/** Widths below this are not drawn yet (hidden panel, first render). */
const MIN_WIDTH_PX = 1;
/** A dozen frames of 25 per second over the whole width: single frames can be told apart. */
const MIN_SPAN_US = 480 * US_PER_MS;
const MAX_SPAN_US = 10 * 366 * US_PER_DAY;

/** Microseconds that one CSS pixel stands for. */
export function usPerPx(view: TimeRange, widthPx: number): number {
  return (view.endUs - view.startUs) / Math.max(MIN_WIDTH_PX, widthPx);
}

/** Pixel of an instant, from the left edge; may lie outside of the width. */
export function xOfUs(view: TimeRange, widthPx: number, us: number): number {
  return ((us - view.startUs) / (view.endUs - view.startUs)) * Math.max(MIN_WIDTH_PX, widthPx);
}

/** Instant at a pixel, whole microseconds. */
export function usAtX(view: TimeRange, widthPx: number, x: number): number {
  return Math.round(view.startUs + x * usPerPx(view, widthPx));
}

/** Limits for recordings that begin at `firstUs` (null: none known) and a present of `nowUs`. */
export function limitsFor(firstUs: number | null, nowUs: number): ScaleLimits {
  const earliestUs = Math.max(0, (firstUs ?? nowUs - 30 * US_PER_DAY) - 366 * US_PER_DAY);
  return { earliestUs, latestUs: nowUs + 31 * US_PER_DAY, minSpanUs: MIN_SPAN_US, maxSpanUs: MAX_SPAN_US };
}

/** The view nearest to `view` that keeps the limits: first its length is bounded, then its place. */
export function clampView(view: TimeRange, limits: ScaleLimits): TimeRange {
  const wholeUs = limits.latestUs - limits.earliestUs;
  const maxUs = Math.min(limits.maxSpanUs, wholeUs);
  const askedUs = view.endUs - view.startUs;
  const spanUs = Math.round(Math.min(maxUs, Math.max(limits.minSpanUs, askedUs)));
  const centreUs = view.startUs + askedUs / 2;
  const wishedUs = spanUs === Math.round(askedUs) ? view.startUs : centreUs - spanUs / 2;
  const startUs = Math.round(Math.min(limits.latestUs - spanUs, Math.max(limits.earliestUs, wishedUs)));
  return { startUs, endUs: startUs + spanUs };
}

/**
 * Zooms by `factor` (above 1: in) so that the instant under pixel `x` stays under it.
 *
 * Only the limits of place can move it.
 */
export function zoomAt(
  view: TimeRange,
  widthPx: number,
  x: number,
  factor: number,
  limits: ScaleLimits,
): TimeRange {
  const maxUs = Math.min(limits.maxSpanUs, limits.latestUs - limits.earliestUs);
  const spanUs = Math.min(maxUs, Math.max(limits.minSpanUs, (view.endUs - view.startUs) / factor));
  const share = x / Math.max(MIN_WIDTH_PX, widthPx);
  const anchorUs = view.startUs + share * (view.endUs - view.startUs);
  const startUs = Math.round(anchorUs - share * spanUs);
  return clampView({ startUs, endUs: startUs + Math.round(spanUs) }, limits);
}

/** Moves the view so that what is at pixel `x` comes to `x - dx` (positive: later). */
export function panBy(view: TimeRange, widthPx: number, dxPx: number, limits: ScaleLimits): TimeRange {
  const shiftUs = Math.round(dxPx * usPerPx(view, widthPx));
  return clampView({ startUs: view.startUs + shiftUs, endUs: view.endUs + shiftUs }, limits);
}

/** A view that shows `range` with a margin of 4 % on both sides. */
export function fitRange(range: TimeRange, limits: ScaleLimits): TimeRange {
  const marginUs = Math.round((range.endUs - range.startUs) * 0.04);
  return clampView({ startUs: range.startUs - marginUs, endUs: range.endUs + marginUs }, limits);
}

/** The same span, moved only as far as needed for `us` to be inside, `marginShare` away from the edges. */
export function revealUs(view: TimeRange, us: number, limits: ScaleLimits, marginShare = 0.08): TimeRange {
  const spanUs = view.endUs - view.startUs;
  const marginUs = Math.round(spanUs * marginShare);
  let shiftUs = 0;
  if (us < view.startUs + marginUs) shiftUs = us - marginUs - view.startUs;
  else if (us > view.endUs - marginUs) shiftUs = us + marginUs - view.endUs;
  if (shiftUs === 0) return view;
  return clampView({ startUs: view.startUs + shiftUs, endUs: view.endUs + shiftUs }, limits);
}

/** The same span with `us` in its middle. */
export function centreOn(view: TimeRange, us: number, limits: ScaleLimits): TimeRange {
  const halfUs = Math.round((view.endUs - view.startUs) / 2);
  return clampView({ startUs: us - halfUs, endUs: us - halfUs + (view.endUs - view.startUs) }, limits);
}

/** The first view of a fresh profile: the hour before `aroundUs` and a little after it. */
export function initialView(aroundUs: number): TimeRange {
  return { startUs: aroundUs - US_PER_HOUR, endUs: aroundUs + Math.round(US_PER_HOUR / 12) };
}
