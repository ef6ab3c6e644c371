import { expect, it } from 'vitest';
import { findTrackZero, type TrackZeroEvidence } from './track-zero.ts';

const R = 1_795_345_208;
const RUS = R * 1_000_000;
const nothing: TrackZeroEvidence = {
  initModifiedMs: null,
  indexStartUs: null,
  availabilityStartUs: null,
  record: null,
  day: null,
  isUploaded: false,
  firstModifiedMs: null,
  segments: [],
};
/** Init written 743 ms after the requested second, the last segment 35 s later: as seen in real recordings. */
const live = {
  initModifiedMs: R * 1000 + 743,
  segments: [{ modifiedMs: R * 1000 + 35_800, endUs: 35_000_000 }],
};
const copiedMs = R * 1000 + 3_600_000;
const copied = {
  initModifiedMs: copiedMs,
  segments: [{ modifiedMs: copiedMs + 3, endUs: 35_000_000 }],
};
const record = String(R);

it.each<[string, Partial<TrackZeroEvidence>, number | null, string | null]>([
  ['init file near the index row', { ...live, record, indexStartUs: RUS + 734_805 }, RUS + 743_000, 'file'],
  [
    'init file 61 s after the index row',
    { ...live, indexStartUs: RUS - 61_000_000 },
    RUS - 61_000_000,
    'index',
  ],
  ['init file before the index row', { ...live, indexStartUs: RUS + 2_000_000 }, RUS + 2_000_000, 'index'],
  [
    'a list of another year, against folder and file',
    { ...live, record, indexStartUs: RUS + 9e14 },
    RUS + 743_000,
    'file',
  ],
  ['no init file, index row', { indexStartUs: RUS + 5, record }, RUS + 5, 'index'],
  [
    'init file near the running manifest',
    { ...live, availabilityStartUs: RUS + 700_000 },
    RUS + 743_000,
    'file',
  ],
  ['copied files, running manifest', { ...copied, availabilityStartUs: RUS + 7 }, RUS + 7, 'manifest'],
  ['init file near the record id', { ...live, record }, RUS + 743_000, 'file'],
  ['copied within the day, record id', { ...copied, record }, RUS, 'path'],
  ['copied later, record id', { ...copied, initModifiedMs: copiedMs + 90_000_000, record }, RUS, 'path'],
  ['init file older than the record id', { ...live, record: String(R + 5) }, RUS + 5_000_000, 'path'],
  ['init file on the day of the folder', { ...live, day: '2026-11-22' }, RUS + 743_000, 'file'],
  ['copied, day of the folder', { ...copied, day: '2026-11-22' }, Date.UTC(2026, 10, 22) * 1000, 'path'],
  ['another year, day of the folder', { ...live, day: '2025-11-22' }, Date.UTC(2025, 10, 22) * 1000, 'path'],
  ['only an init file', live, RUS + 743_000, 'file'],
  ['only copied files', copied, null, null],
  [
    'written late after the publisher had gone',
    { ...live, record, segments: [{ modifiedMs: R * 1000 + 78_000, endUs: 12_000_000 }] },
    RUS + 743_000,
    'file',
  ],
  ['uploaded, index row', { ...live, isUploaded: true, indexStartUs: RUS + 700_000 }, RUS + 700_000, 'index'],
  ['uploaded, record id', { ...live, isUploaded: true, record }, RUS, 'path'],
  [
    'uploaded, long after the record id, as when the recorder waited for a publisher',
    { ...live, isUploaded: true, record: String(R - 600) },
    RUS + 743_000,
    'file',
  ],
  [
    'a queue that was behind and caught up, index row',
    {
      initModifiedMs: R * 1000 + 25_000,
      indexStartUs: RUS + 700_000,
      segments: [
        { modifiedMs: R * 1000 + 25_100, endUs: 10_000_000 },
        { modifiedMs: R * 1000 + 37_000, endUs: 35_000_000 },
      ],
    },
    RUS + 700_000,
    'index',
  ],
  ['nothing', {}, null, null],
])('%s', (_, evidence, zeroUs, clockSource) => {
  const zero = findTrackZero({ ...nothing, ...evidence });
  expect(zero).toEqual(zeroUs === null ? null : { zeroUs, clockSource });
});
