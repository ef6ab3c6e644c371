import { describe, expect, it } from 'vitest';
import type { Alert, AlertKind } from '../../../src-shared/model/alert.ts';
import type { Recording } from '../../../src-shared/model/recording.ts';
import { ingestSlots, niceCeiling } from './ingest-slots.ts';
import { filterParameters, filterQuery, parseFilter } from './recording-filter.ts';
import { codecText, recordingProblems, recordingState } from './recording-words.ts';
import { isAboutStorage } from './storage-problems.tsx';
import { cellText, dayText, fullInText } from './storage-texts.ts';

const track = { codec: null, width: null, height: null, channels: null, problem: null };
const recording: Recording = {
  id: '1',
  stream: 'cam',
  node: 'n',
  record: '1795345208',
  dir: 'cam/1795345208',
  sessionNo: 0,
  startUs: 0,
  endUs: 1_000_000_000,
  status: 'completed',
  video: { ...track, codec: 'avc1.42e01f', width: 1280, height: 720 },
  audio: { ...track, codec: 'opus', channels: 2 },
  segmentCount: 100,
  sizeBytes: 1,
  problem: null,
};

describe('recordingState', () => {
  const text = (status: Recording['status'], quietSec: number) =>
    recordingState({ ...recording, status }, recording.endUs + quietSec * 1_000_000).text;
  it('tells a running recording from one that has gone silent', () => {
    expect(text('active', 20)).toBe('Running');
    expect(text('active', 600)).toBe('Silent for 10 min');
  });
  it('judges what is only reported by its last segment', () => {
    expect(text('unknown', 20)).toBe('Running');
    expect(text('unknown', 600)).toBe('Ended');
  });
});

describe('codecText and recordingProblems', () => {
  it('name codecs as people do', () => {
    expect(codecText(recording)).toBe('H.264 720p · Opus');
    expect(codecText({ video: track, audio: null })).toBe('?');
    expect(codecText({ video: null, audio: null })).toBe('–');
  });
  it('say what is wrong with each part', () => {
    const audio = { ...track, problem: 'G.711 is labelled Opus.' };
    expect(recordingProblems({ ...recording, audio, problem: 'Two files are missing.' })).toEqual([
      'Two files are missing.',
      'Sound: G.711 is labelled Opus.',
    ]);
  });
});

describe('the filter of recordings', () => {
  it('survives the address and leaves defaults out', () => {
    const filter = parseFilter(new URLSearchParams('stream=a b&status=failed&time=7&order=oldest&node='));
    expect(filter).toEqual({ stream: 'a b', node: null, status: 'failed', time: '7', isNewestFirst: false });
    const kept = Object.entries(filterParameters(filter)).filter(
      (entry): entry is [string, string] => !!entry[1],
    );
    expect(parseFilter(new URLSearchParams(kept))).toEqual(filter);
    expect(filterQuery(filter, 8 * 86_400_000_000)).toEqual({
      stream: 'a b',
      status: 'failed',
      start_ts: 86_400_000_000,
      order: 'oldest',
    });
    expect(filterQuery(parseFilter(new URLSearchParams('time=x&status=y')), 0)).toEqual({ order: 'newest' });
  });
});

describe('texts', () => {
  it('of a day and a cell', () => {
    expect(dayText('2026-11-22')).toBe('Sun 22 Nov');
    expect(cellText({ sizeBytes: 0, recordedUs: 0, segmentCount: 0 })).toBe('nothing recorded');
    expect(cellText({ sizeBytes: 3_410_000_000, recordedUs: 86_279_000_000, segmentCount: 17_240 })).toBe(
      '3.41 GB, 23 h 58 min, 17,240 segments',
    );
    expect(cellText({ sizeBytes: 0, recordedUs: 10_000_000, segmentCount: 1 })).toBe(
      'size not known yet, 10 s, 1 segment',
    );
  });
  it('of the forecast', () => {
    expect(fullInText(19)).toBe('full in 19 days');
    expect(fullInText(0)).toBe('full within a day');
    expect(fullInText(1100)).toBe('full in 3 years');
    expect([fullInText(null), fullInText(5000)]).toEqual([null, null]);
  });
});

describe('the chart of ingest', () => {
  it('keeps the newest samples at the right', () => {
    const sample = { atMs: 1, segmentCount: 1, queueLength: 0, lagMs: null };
    expect(ingestSlots([sample], 3)).toEqual([null, null, sample]);
    expect(ingestSlots([{ ...sample, atMs: 0 }, sample], 1)).toEqual([sample]);
  });
  it('has a round top', () => {
    expect([0, 1, 1.2, 4.9, 5, 51, 1000].map(niceCeiling)).toEqual([1, 1, 2, 5, 5, 100, 1000]);
  });
});

describe('isAboutStorage', () => {
  it('leaves to others what is about nodes, live streams and the database itself', () => {
    const about = (kind: AlertKind, object: Alert['object']['kind']) =>
      isAboutStorage({ kind, object: { kind: object, name: 'x' } });
    expect(about('node-down', 'stream')).toBe(false);
    expect(about('recording-stalled', 'stream')).toBe(true);
    expect(about('disk-nearly-full', 'storage')).toBe(true);
    expect(about('journal-in-use', 'database')).toBe(true);
    expect(about('database-trouble', 'database')).toBe(false);
  });
});
