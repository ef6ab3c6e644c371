import { describe, expect, it } from 'vitest';
import { entryUri } from './hls-names.ts';
import { at, every, recording } from './media-builders.ts';
import type { MediaEntry, Run } from './media-model.ts';
import { stitch } from './stitch.ts';

const range = (from: number, to: number) => ({ startUs: at(from), endUs: at(to) });

/** A run as text: `r1: 0-10 10-20 gap20-30` in seconds on the recording's axis, `cut` marked with *. */
function told(run: Run): string {
  return `${run.recording.id}: ${lines(run.main, 90_000)}`;
}

function lines(entries: readonly MediaEntry[], timescale: number): string {
  const sec = (ticks: number) => String(Math.round((ticks / timescale) * 1000) / 1000);
  return entries
    .map((entry) => {
      const span = `${sec(entry.startTicks)}-${sec(entry.endTicks)}`;
      if (entry.kind === 'segment') return entry.cut ? `${span}*` : span;
      return `${entry.kind}${span}`;
    })
    .join(' ');
}

const runsOf = (...args: Parameters<typeof stitch>) => stitch(...args).runs.map(told);
const soundOf = (...args: Parameters<typeof stitch>) =>
  stitch(...args).runs.map((run) => lines(run.audio, 48_000));

describe('one recording', () => {
  it('lists the segments that touch the range, whole', () => {
    const r = recording('r', 'a', { video: every(10, 0, 60) });
    expect(runsOf([r], range(15, 35))).toEqual(['r: 10-20 20-30 30-40']);
  });

  it('gives nothing where nothing is recorded', () => {
    const r = recording('r', 'a', { video: every(10, 0, 60) });
    expect(runsOf([r], range(60, 90))).toEqual([]);
  });

  it('begins a new run behind a pause of more than a second', () => {
    const r = recording('r', 'a', { video: [...every(10, 0, 20), ...every(10, 21.5, 41.5)] });
    expect(runsOf([r], range(0, 60))).toEqual(['r: 0-10 10-20', 'r: 21.5-31.5 31.5-41.5']);
  });

  it('goes on over a pause of less than a second, which belongs to the segment before', () => {
    const r = recording('r', 'a', { video: [...every(10, 0, 20), ...every(10, 20.8, 30.8)] });
    expect(runsOf([r], range(0, 60))).toEqual(['r: 0-10 10-20.8 20.8-30.8']);
  });

  it('leaves out missing objects, with a new run behind them', () => {
    const [first, second, third, fourth, fifth] = every(10, 0, 50);
    const video = [
      { ...first!, state: 'missing' as const },
      second!,
      { ...third!, state: 'bad' as const },
      { ...fourth!, state: 'missing' as const },
      fifth!,
    ];
    const r = recording('r', 'a', { video });
    expect(runsOf([r], range(0, 60))).toEqual(['r: 10-20', 'r: 40-50']);
  });

  it('goes on where other segments hold what is lost', () => {
    const [first, second] = every(10, 0, 20);
    const r = recording('r', 'a', { video: [first!, { from: 4, to: 9, state: 'bad' }, second!] });
    expect(runsOf([r], range(0, 60))).toEqual(['r: 0-10 10-20']);
  });

  it('does not list missing objects at the end', () => {
    const [first, second] = every(10, 0, 20);
    const r = recording('r', 'a', { video: [first!, { ...second!, state: 'missing' }] });
    expect(runsOf([r], range(0, 60))).toEqual(['r: 0-10']);
  });

  it('does not start with a segment that has no key frame', () => {
    const [first, ...others] = every(10, 0, 30);
    const r = recording('r', 'a', { video: [{ ...first!, syncAt: null }, ...others] });
    expect(runsOf([r], range(0, 60))).toEqual(['r: 10-20 20-30']);
  });

  it('starts at the first key frame inside a segment', () => {
    const [first, ...others] = every(10, 0, 30);
    const r = recording('r', 'a', { video: [{ ...first!, syncAt: 4 }, ...others] });
    expect(runsOf([r], range(0, 60))).toEqual(['r: 4-10* 10-20 20-30']);
  });
});

describe('several nodes', () => {
  it('plays the one that covers more', () => {
    const short = recording('s', 'a', { video: every(10, 0, 30) });
    const long = recording('l', 'b', { video: every(10, 0, 60) });
    expect(runsOf([short, long], range(0, 60))).toEqual(['l: 0-10 10-20 20-30 30-40 40-50 50-60']);
  });

  it('fills a gap from the key frame of the other node and stays there', () => {
    const a = recording('a', 'a', { video: [...every(10, 0, 40), ...every(10, 60, 90)] });
    const b = recording('b', 'b', { video: every(10, 25, 85) });
    // b is entered at 35, where it has a key frame; its axis begins at 25.
    expect(runsOf([a, b], range(0, 90))).toEqual([
      'a: 0-10 10-20 20-30 30-35*',
      'b: 10-20 20-30 30-40 40-50 50-55*',
      'a: 80-90',
    ]);
  });

  it('waits for the other node where nobody recorded', () => {
    const a = recording('a', 'a', { video: every(10, 0, 20) });
    const b = recording('b', 'b', { video: every(10, 30, 50) });
    expect(runsOf([a, b], range(0, 90))).toEqual(['a: 0-10 10-20', 'b: 0-10 10-20']);
  });

  it('fills a missing object from the other node', () => {
    const [first, second, third] = every(10, 0, 30);
    const a = recording('a', 'a', { video: [first!, { ...second!, state: 'missing' }, third!] });
    const b = recording('b', 'b', { video: every(10, 5, 25) });
    expect(runsOf([a, b], range(0, 30))).toEqual(['a: 0-5*', 'b: 0-10 10-15*', 'a: 20-30']);
  });

  it('does not change the node for less than a second', () => {
    const a = recording('a', 'a', { video: every(10, 0, 30) });
    const b = recording('b', 'b', { video: [...every(10, 0, 30), { from: 30, to: 30.9 }] });
    expect(stitch([a, b], range(0, 60)).runs).toHaveLength(1);
  });

  it('takes the one with sound where both cover the same', () => {
    const a = recording('a', 'a', { video: every(10, 0, 30) });
    const b = recording('b', 'b', { video: every(10, 0, 30), audio: every(10, 0, 30) });
    expect(runsOf([a, b], range(0, 30))).toEqual(['b: 0-10 10-20 20-30']);
  });

  it('never overlaps and never goes back, whatever is recorded', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomFrom(seed);
      const recordings = ['a', 'b', 'c'].flatMap((node) =>
        [0, 1].map((i) => {
          const from = Math.round(random() * 100);
          return recording(`${node}${i}`, node, {
            video: every(4 + Math.round(random() * 10), from, from + 50),
          });
        }),
      );
      const runs = stitch(recordings, range(0, 150)).runs;
      let lastUs = 0;
      for (const run of runs) {
        for (const entry of run.main) {
          const startUs = run.recording.zeroUs + (entry.startTicks / 90_000) * 1e6;
          expect(startUs).toBeGreaterThanOrEqual(lastUs - 1);
          expect(entry.endTicks).toBeGreaterThan(entry.startTicks);
          lastUs = run.recording.zeroUs + (entry.endTicks / 90_000) * 1e6;
        }
      }
    }
  });
});

describe('sound', () => {
  it('is cut to the pictures and fills what is missing', () => {
    const r = recording('r', 'a', { video: every(10, 2, 32), audio: every(10, 0, 20) });
    expect(soundOf([r], range(0, 60))).toEqual(['2-10* 10-20 silence20-22 silence22-32']);
  });

  it('is silent until it starts', () => {
    const r = recording('r', 'a', { video: every(10, 0, 20), audio: every(10, 3, 33) });
    expect(soundOf([r], range(0, 60))).toEqual(['silence0-3 3-13 13-20*']);
  });

  it('has silence for lost objects and holes', () => {
    const [first, second, third] = every(10, 0, 30);
    const audio = [first!, { ...second!, state: 'missing' as const }, third!, { from: 35, to: 40 }];
    const r = recording('r', 'a', { video: every(10, 0, 40), audio });
    expect(soundOf([r], range(0, 60))).toEqual(['0-10 silence10-20 20-30 silence30-35 35-40']);
  });

  it('is silent in a run without sound between runs with sound', () => {
    const loud = recording('l', 'a', { video: every(10, 0, 20), audio: every(10, 0, 20) });
    const mute = recording('m', 'a', { video: every(10, 40, 60) });
    expect(soundOf([loud, mute], range(0, 60))).toEqual(['0-10 10-20', 'silence0-10 silence10-20']);
  });

  it('is not offered where no run has any', () => {
    const mute = recording('m', 'a', { video: every(10, 40, 60) });
    const stitched = stitch([mute], range(0, 60));
    expect(stitched.hasAudio).toBe(false);
    expect(stitched.runs[0]?.audio).toEqual([]);
  });

  it('is the main track where there are no pictures', () => {
    const r = recording('r', 'a', { audio: every(10, 0, 20) });
    const stitched = stitch([r], range(0, 60));
    expect(stitched.mainTrack).toBe('audio');
    expect(lines(stitched.runs[0]!.main, 48_000)).toBe('0-10 10-20');
  });
});

describe('a playlist that grows', () => {
  it('only ever adds lines', () => {
    const whole = { video: every(10, 0, 300), audio: every(10, 3, 300) };
    let before: string[] = [];
    for (let nowSec = 20; nowSec < 320; nowSec += 5) {
      const until = (specs: typeof whole.video, delaySec: number) =>
        specs.filter((spec) => spec.to + delaySec < nowSec);
      const a = recording('a', 'a', { video: until(whole.video, 0), audio: until(whole.audio, 8) });
      const b = recording('b', 'b', { video: until(every(12, 0, 200), 4) });
      const { runs } = stitch([a, b], range(0, nowSec), { nowUs: at(nowSec) });
      const now = runs.flatMap((run) => [
        ...run.main.map((entry) => `${run.recording.id} ${entryUri(entry)}`),
        ...run.audio.map((entry) => `${run.recording.id} ${entryUri(entry)}`),
      ]);
      for (const line of before) expect(now, `at ${nowSec} s`).toContain(line);
      before = now;
    }
    expect(before.length).toBeGreaterThan(50);
  });

  it('does not hand over to another node before the first can be thought dead', () => {
    const a = recording('a', 'a', { video: every(10, 0, 100) });
    const b = recording('b', 'b', { video: every(10, 0, 120) });
    const nodesAt = (nowSec: number) =>
      stitch([a, b], range(0, nowSec), { nowUs: at(nowSec) }).runs.map((run) => run.recording.id);
    expect(nodesAt(121)).toEqual(['a']);
    expect(nodesAt(131)).toEqual(['a', 'b']);
  });
});

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
