import { expect, it } from 'vitest';
import { arrivalsOf } from './report-arrival.ts';
import { chooseMediaSession, chooseTimedSession, type KnownSegment, type Session } from './session-choice.ts';

const S = 1_000_000;

function session(
  no: number,
  startUs: number,
  endUs: number,
  seqs: [number, number],
  zeroUs?: number,
): Session {
  const [firstSeq, lastSeq] = seqs;
  const clockSource = zeroUs === undefined ? 'reported' : 'arrival';
  const track = {
    id: `t${no}`,
    track: 'video' as const,
    zeroUs: zeroUs ?? null,
    clockSource,
    firstSeq,
    lastSeq,
    storedLastSeq: lastSeq,
  } as const;
  return {
    recordingId: `r${no}`,
    sessionNo: no,
    startUs,
    endUs,
    place: null,
    tracks: new Map([['video', track]]),
  };
}

const first = session(0, 100 * S, 200 * S, [3, 12]);
const second = session(1, 300 * S, 400 * S, [1, 10]);

it.each<[string, number, number, number | null]>([
  ['within the first', 5, 120 * S, 0],
  ['right behind the first', 13, 200 * S, 0],
  ['between, with a higher number', 13, 250 * S, 0],
  ['between, with a number it had', 2, 250 * S, null],
  ['within the second', 5, 340 * S, 1],
  ['behind, with a higher number', 11, 401 * S, 1],
  ['behind, with a number it had', 1, 401 * S, null],
  ['behind, without a number', 0, 900 * S, 1],
  ['before all, with a lower number', 2, 90 * S, 0],
  ['before all, with a number it has', 3, 50 * S, null],
])('a timed segment %s', (_, seq, startUs, expected) => {
  const chosen = chooseTimedSession([first, second], {
    track: 'video',
    seq,
    startUs,
    endUs: startUs + 10 * S,
  });
  expect(chosen?.sessionNo ?? null).toBe(expected);
});

it.each([
  ['a little earlier', 299.98, 1],
  ['seconds earlier', 296, 1],
  ['most of a segment earlier', 294, null],
])('the first segment of a session that was found from files, told %s', (_, startSec, expected) => {
  const found = structuredClone(second);
  const track = found.tracks.get('video');
  if (track) track.clockSource = 'file';
  const told = { track: 'video', seq: 1, startUs: startSec * S, endUs: (startSec + 10) * S } as const;
  expect(chooseTimedSession([first, found], told)?.sessionNo ?? null).toBe(expected);
  // Exact times are never off.
  expect(chooseTimedSession([first, second], told)).toBeNull();
});

it('never puts exact times into a session on a media clock', () => {
  const media = session(2, 500 * S, 600 * S, [1, 10], 500 * S);
  expect(
    chooseTimedSession([media], { track: 'video', seq: 11, startUs: 600 * S, endUs: 610 * S }),
  ).toBeNull();
});

const known = (seq: number, mediaStartUs: number, mediaEndUs: number): KnownSegment => ({
  seq,
  path: `d/${seq}`,
  mediaStartUs,
  mediaEndUs,
  isFromFile: false,
});
const media = (seq: number, mediaStartUs: number, mediaEndUs: number, arrivedAtUs: number) => ({
  track: 'video' as const,
  ...known(seq, mediaStartUs, mediaEndUs),
  arrivedAtUs,
});
const one = session(0, 1000 * S, 1010 * S, [1, 1], 1000 * S);
const oneHas = () => [known(1, 0, 10 * S)];

it.each<[string, ReturnType<typeof media>, string]>([
  ['the next one', media(2, 10 * S, 20 * S, 1020 * S), 'member'],
  ['the next one, 54 s late', media(2, 10 * S, 20 * S, 1074 * S), 'member'],
  ['a retry', media(1, 0, 10 * S, 1012 * S), 'duplicate'],
  ['the same number and times, minutes later', media(1, 0, 10 * S, 1200 * S), 'new'],
  ['the same number with other times', media(1, 0, 11 * S, 1012 * S), 'new'],
  ['one that overlaps its neighbour', media(2, 5 * S, 15 * S, 1020 * S), 'new'],
  [
    'the next one after a pause that the media clock does not show',
    media(2, 10 * S, 20 * S, 1200 * S),
    'new',
  ],
])('a media segment: %s', (_, segment, expected) => {
  expect(chooseMediaSession([one], segment, oneHas).kind).toBe(expected);
});

it('prefers the session that it joins', () => {
  const other = session(1, 1020 * S, 1031 * S, [1, 1], 1020 * S);
  const knownOf = (id: string) => (id === 't0' ? oneHas() : [known(1, 0, 11 * S)]);
  // Nearer to the clock of the second, but joined to the first.
  const choice = chooseMediaSession([one, other], media(2, 10 * S, 20 * S, 1036 * S), knownOf);
  expect(choice).toMatchObject({ kind: 'member', session: { sessionNo: 0 } });
});

it('takes segments of one report as if each had come when it ended', () => {
  const a = { seq: 1, mediaStartUs: 0, mediaEndUs: 10 };
  const b = { seq: 2, mediaStartUs: 10, mediaEndUs: 25 };
  expect(arrivalsOf([a, b], 1000)).toEqual([985, 1000]);
  expect(arrivalsOf([b, a, a], 1000)).toEqual([1000, 985, 985]);
  expect(arrivalsOf([], 1000)).toEqual([]);
  // A second session in the same report: the first ended before it began.
  const c = { seq: 1, mediaStartUs: 1, mediaEndUs: 8 };
  expect(arrivalsOf([a, b, c], 1000)).toEqual([978, 993, 1000]);
});
