import { describe, expect, it } from 'vitest';
import { entryUri, parseInitName, parseSegmentName, parseSilenceName } from './hls-names.ts';
import { at, every, recording } from './media-builders.ts';

const ID = '0b9a6d2e-6c1f-4a57-9d05-0e4f0f7f8a11';

describe('names of segments', () => {
  it('come back as they were given', () => {
    const [segment] = recording('r', 'a', { video: every(10, 5, 15) }).video?.segments ?? [];
    const entry = {
      kind: 'segment',
      segment: { ...segment!, id: ID },
      startTicks: 90,
      endTicks: 180,
    } as const;
    const cut = { startTicks: 90, endTicks: 180 };
    const nameOf = (isCut: boolean) =>
      entryUri({ ...entry, cut: isCut ? cut : null }).replace('segment/', '');
    expect(parseSegmentName(nameOf(false))).toEqual({ by: 'id', id: ID, startUs: at(5), cut: null });
    expect(parseSegmentName(nameOf(true))).toMatchObject({ id: ID, cut: { startTicks: 90, endTicks: 180 } });
  });

  it.each([
    ['no id', 'x.m4s'],
    ['a way up', `../${ID}.m4s`],
    ['another ending', `${ID}.mp4`],
    ['an empty cut', `${ID}_20-20.m4s`],
    ['a reversed cut', `${ID}_20-10.m4s`],
    ['too large a number', `${ID}_0-99999999999999999999.m4s`],
  ])('are refused with %s', (_what, name) => {
    expect(parseSegmentName(name)).toBeNull();
  });

  it('may be made of the id alone, or of track and time', () => {
    expect(parseSegmentName(`${ID}.m4s`)).toEqual({ by: 'id', id: ID, startUs: null, cut: null });
    expect(parseSegmentName(`${ID}-t900.m4s`)).toEqual({ by: 'time', trackId: ID, startTicks: 900 });
  });
});

describe('names of other files', () => {
  it('are read', () => {
    expect(parseInitName('silence.mp4')).toBe('silence');
    expect(parseInitName(`${ID}.mp4`)).toBe(ID);
    expect(parseSilenceName('48000-96000.m4s')).toEqual({ startTicks: 48_000, durationTicks: 96_000 });
  });

  it('are refused where they say nothing', () => {
    expect(parseInitName('x.mp4')).toBeNull();
    expect(parseSilenceName('0-0.m4s')).toBeNull();
    expect(parseSilenceName('-5-10.m4s')).toBeNull();
  });
});
