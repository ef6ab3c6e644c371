import { describe, expect, it } from 'vitest';
import { badObject, type CheckedRow, judgeNeighbours, judgeRow } from './judge-row.ts';

const S = 1_000_000;
const row: CheckedRow = {
  id: '1',
  trackId: 't',
  track: 'video',
  stream: 'cam1',
  nodeAlias: 'edge-1',
  seq: 3,
  path: 'cam1/1795345208/v_seg_0003.m4s',
  startUs: 30 * S,
  endUs: 40 * S,
  state: 'ok',
  sizeBytes: 100,
  problem: null,
  ageMs: 3_600_000,
};
const found = { sizeBytes: 100 };

describe('a row', () => {
  it('that agrees with its object is right', () => {
    expect(judgeRow(row, found)).toBeNull();
    expect(judgeRow({ ...row, sizeBytes: null }, found)).toBeNull();
    expect(judgeRow(row, { sizeBytes: null })).toBeNull();
  });

  it.each([
    [row, null, 'missing-object', 'mark-missing', /counts on it/],
    [{ ...row, state: 'missing' as const }, null, 'missing-object', 'forget', /have a gap there/],
    [{ ...row, state: 'missing' as const }, found, 'returned-object', 're-examine', /but marked as missing/],
    [row, { sizeBytes: 7 }, 'wrong-size', 're-examine', /has 7 bytes, the index says 100/],
    [{ ...row, state: 'bad' as const, problem: 'No box.' }, found, 'bad-object', 're-examine', /^No box\.$/],
  ])('is judged', (checked, object, kind, repair, words) => {
    expect(judgeRow(checked, object)).toMatchObject({
      kind,
      repair,
      place: row.path,
      startUs: row.startUs,
      endUs: row.endUs,
      reason: expect.stringMatching(words),
      details: { segmentId: '1', trackId: 't', seq: 3 },
    });
  });

  it('that is young is left alone: its object may still come', () => {
    expect(judgeRow({ ...row, ageMs: 5000 }, null)).toBeNull();
  });

  it('names what is no media', () => {
    expect(badObject(row, 'moof expected.').reason).toBe(`${row.path}: moof expected.`);
  });
});

describe('neighbours', () => {
  const next = (startUs: number, seq = 4): CheckedRow => ({
    ...row,
    seq,
    path: `cam1/1795345208/v_seg_000${seq}.m4s`,
    startUs,
    endUs: startUs + 10 * S,
  });

  it('may lie apart and overlap a little', () => {
    for (const startUs of [40 * S, 41 * S, 39.9 * S]) expect(judgeNeighbours(row, next(startUs))).toBeNull();
  });

  it('tell how much is missing between them, and why', () => {
    expect(judgeNeighbours(row, next(62 * S, 6))).toMatchObject({
      kind: 'gap',
      startUs: 40 * S,
      endUs: 62 * S,
      reason: expect.stringMatching(
        /^22 s of video .*v_seg_0003\.m4s and v_seg_0006\.m4s\. 2 segments between them are/,
      ),
    });
    expect(judgeNeighbours(row, next(42 * S))?.reason).toMatch(/^2\.0 s .*the publisher paused/);
    const bad = { ...row, startUs: row.endUs, state: 'bad' as const };
    expect(judgeNeighbours(bad, next(50 * S))?.reason).toMatch(/^10 s .*v_seg_0003\.m4s cannot be read, so/);
  });

  it('tell what they cover twice', () => {
    expect(judgeNeighbours(row, next(37 * S))).toMatchObject({
      kind: 'overlap',
      startUs: 37 * S,
      endUs: 40 * S,
    });
  });
});
