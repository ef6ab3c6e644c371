import { describe, expect, it, vi } from 'vitest';
import type { RecordingGap } from '../../../src-shared/model/recording-gap.ts';
import { type GapReader, GapReasons, reasonOf } from './gap-reasons.ts';
import { buildLane } from './timeline-scene.ts';
import { hintLines } from './timeline-texts.ts';

const S = 1_000_000;
const gap: RecordingGap = {
  startUs: 100 * S,
  endUs: 160 * S,
  kind: 'node-down',
  label: 'node down',
  text: 'The node edge-1 was down.',
};
const view = { startUs: 0, endUs: 1000 * S };

describe('GapReasons', () => {
  it('reads once for a view and its surroundings, and again when more can be seen', async () => {
    const read = vi.fn(async () => [gap]);
    const onChange = vi.fn();
    const reasons = new GapReasons(read, onChange);
    reasons.want(['a'], view, S);
    reasons.want(['a'], view, S);
    await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1));
    expect(reasons.of('a')).toEqual([gap]);
    reasons.want(['a'], { startUs: 200 * S, endUs: 1200 * S }, S);
    expect(read).toHaveBeenCalledTimes(1);
    reasons.want(['a'], { startUs: 400 * S, endUs: 500 * S }, S / 10);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('reads again after something was lost', async () => {
    const read = vi.fn(async () => [gap]);
    const reasons = new GapReasons(read, () => {});
    reasons.want(['a'], view, S);
    await vi.waitFor(() => expect(reasons.of('a')).toHaveLength(1));
    reasons.forget('a');
    reasons.want(['a'], view, S);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('asks nothing about the present, and once a minute about what it leaves behind', async () => {
    let nowMs = 1_000_000;
    const read = vi.fn<GapReader>(async () => [gap]);
    const reasons = new GapReasons(
      read,
      () => {},
      () => nowMs,
    );
    const live = { startUs: 500 * S, endUs: 1000 * S };
    reasons.want(['a'], live, S);
    expect(read.mock.lastCall).toEqual(['a', { startUs: 250 * S, endUs: 940 * S }, 4 * S, expect.anything()]);
    await vi.waitFor(() => expect(reasons.of('a')).toHaveLength(1));
    nowMs += 30_000;
    reasons.want(['a'], { startUs: 530 * S, endUs: 1030 * S }, S);
    expect(read).toHaveBeenCalledTimes(1);
    nowMs += 40_000;
    reasons.want(['a'], { startUs: 570 * S, endUs: 1070 * S }, S);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('reads again only when a gap has changed', async () => {
    const read = vi.fn(async () => [gap]);
    const reasons = new GapReasons(read, () => {});
    reasons.want(['a'], view, S);
    await vi.waitFor(() => expect(reasons.of('a')).toHaveLength(1));
    reasons.invalidate('a', { startUs: 900 * S, endUs: 910 * S });
    reasons.want(['a'], view, S);
    expect(read).toHaveBeenCalledTimes(1);
    reasons.invalidate('a', { startUs: 150 * S, endUs: 170 * S });
    reasons.want(['a'], view, S);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('leaves a manager that fails in peace for a while', async () => {
    let nowMs = 10_000_000;
    const read = vi.fn(() => Promise.reject(new Error('away')));
    const onChange = vi.fn();
    const reasons = new GapReasons(read, onChange, () => nowMs);
    reasons.want(['a'], view, S);
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
    reasons.want(['a', 'b'], view, S);
    expect(read).toHaveBeenCalledTimes(1);
    nowMs += 20_000;
    reasons.want(['a'], view, S);
    expect(read).toHaveBeenCalledTimes(2);
  });
});

describe('reasonOf', () => {
  it('finds the gap around the middle of one that is drawn, also of one without an end', () => {
    expect(reasonOf([gap], { startUs: 101 * S, endUs: 159 * S })).toBe(gap);
    expect(reasonOf([gap], { startUs: 200 * S, endUs: 300 * S })).toBeNull();
    const open = { ...gap, startUs: 500 * S, endUs: null };
    expect(reasonOf([gap, open], { startUs: 500 * S, endUs: 900 * S })).toBe(open);
  });
});

it('the hint under the pointer has the length of the whole gap and the reason', () => {
  const facts = {
    stream: 'a',
    startUs: 0,
    endUs: 900 * S,
    isRecording: false,
    isActive: false,
    mainAlias: 'edge-1',
    nodes: [
      {
        alias: 'edge-1',
        spans: [
          { startUs: 0, endUs: 100 * S, isEstimated: false },
          { startUs: 160 * S, endUs: 900 * S, isEstimated: false },
        ],
      },
    ],
    unknown: [],
    borders: [],
    marks: [],
  };
  const lines = (reasons: readonly RecordingGap[]) =>
    hintLines(120 * S, S, buildLane({ ...facts, reasons }, view, S, 1000 * S), 'UTC').slice(1);
  expect(lines([gap])).toEqual(['Gap of 1 min', 'The node edge-1 was down.']);
  expect(lines([])).toEqual(['Gap of 1 min']);
});
