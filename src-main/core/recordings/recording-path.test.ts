import { describe, expect, it } from 'vitest';
import {
  audioSiblingPath,
  initPathOf,
  parseRecordingPath,
  placeReportedPath,
  recordingFilePath,
} from './recording-path.ts';

describe('names of all generations', () => {
  it.each([
    // path, stream, record, day, kind, track, seq, generation
    ['cam1/2025/08/02/init.m4s', 'cam1', null, '2025-08-02', 'init', 'video', 0, 'dated'],
    ['cam1/2025/08/02/audio_init.m4s', 'cam1', null, '2025-08-02', 'init', 'audio', 0, 'dated'],
    ['cam1/2025/08/02/seg_0001.m4s', 'cam1', null, '2025-08-02', 'segment', 'video', 1, 'dated'],
    ['cam1/2025/08/02/audio_seg_10000.m4s', 'cam1', null, '2025-08-02', 'segment', 'audio', 10000, 'dated'],
    ['cam1/2025/08/02/manifest.mpd', 'cam1', null, '2025-08-02', 'manifest', null, 0, 'dated'],
    ['cam1/1761004800/seg_0007.m4s', 'cam1', '1761004800', null, 'segment', 'video', 7, 'early'],
    ['cam1/1761004800/audio_init.m4s', 'cam1', '1761004800', null, 'init', 'audio', 0, 'early'],
    ['cam1/1762842203/v_init.m4s', 'cam1', '1762842203', null, 'init', 'video', 0, 'current'],
    ['cam1/1762842203/a_init.m4s', 'cam1', '1762842203', null, 'init', 'audio', 0, 'current'],
    ['cam1/1762842203/v_seg_0012.m4s', 'cam1', '1762842203', null, 'segment', 'video', 12, 'current'],
    ['cam1/1762842203/a_seg_0003.m4s', 'cam1', '1762842203', null, 'segment', 'audio', 3, 'current'],
    ['cam1/1762842203/manifest.mpd', 'cam1', '1762842203', null, 'manifest', null, 0, 'current'],
    // Foreign base folders.
    ['tape/north/cam1/1762842203/v_init.m4s', 'cam1', '1762842203', null, 'init', 'video', 0, 'current'],
    ['tape/1762842203/a_seg_0001.m4s', 'tape', '1762842203', null, 'segment', 'audio', 1, 'current'],
    ['tape/night/v_seg_0001.m4s', 'night', null, null, 'segment', 'video', 1, 'current'],
    ['cam1/1762842203/part/v_seg_0001.m4s', 'cam1', '1762842203', null, 'segment', 'video', 1, 'current'],
    ['tape/2025/10/12/seg_0001.m4s', 'tape', null, '2025-10-12', 'segment', 'video', 1, 'dated'],
    // Odd streams.
    [
      'Küche & Flur/1762842203/v_seg_0001.m4s',
      'Küche & Flur',
      '1762842203',
      null,
      'segment',
      'video',
      1,
      'current',
    ],
    [
      '1234567890123/1762842203/v_init.m4s',
      '1234567890123',
      '1762842203',
      null,
      'init',
      'video',
      0,
      'current',
    ],
    ['1762842203/v_init.m4s', '1762842203', null, null, 'init', 'video', 0, 'current'],
    [
      'a_seg_0001.m4s/1762842203/v_init.m4s',
      'a_seg_0001.m4s',
      '1762842203',
      null,
      'init',
      'video',
      0,
      'current',
    ],
  ] as const)('%s', (path, stream, record, day, kind, track, seq, generation) => {
    const file = parseRecordingPath(path);
    const dir = path.slice(0, path.lastIndexOf('/'));
    expect(file).toEqual({ stream, dir, record, day, kind, track, seq, generation });
    expect(file && recordingFilePath(file)).toBe(path);
  });

  it.each([
    'v_init.m4s',
    'cam1/1762842203/v_seg_0000.m4s',
    'cam1/1762842203/v_seg_.m4s',
    'cam1/1762842203/v_seg_99999999999.m4s',
    'cam1/1762842203/v_seg_0001.m4s.tmp',
    'cam1/1762842203/b_init.m4s',
    'cam1/1762842203/v_audio_init.m4s',
    'index.jsonl',
    'cam1/notes.txt',
    '/v_init.m4s',
  ])('knows no recorder that writes %s', (path) => {
    expect(parseRecordingPath(path)).toBeNull();
  });

  it('takes an impossible date for a plain folder', () => {
    expect(parseRecordingPath('cam1/2025/02/30/init.m4s')).toMatchObject({ day: null, stream: '30' });
  });
});

it('finds the init file and the sound of a segment', () => {
  const old = parseRecordingPath('cam1/2025/08/02/seg_0012.m4s')!;
  expect(initPathOf(old)).toBe('cam1/2025/08/02/init.m4s');
  expect(audioSiblingPath(old)).toBe('cam1/2025/08/02/audio_seg_0012.m4s');
  expect(initPathOf({ ...old, track: 'audio' })).toBe('cam1/2025/08/02/audio_init.m4s');
  const current = parseRecordingPath('cam1/1762842203/a_seg_0012.m4s')!;
  expect(initPathOf(current)).toBe('cam1/1762842203/a_init.m4s');
});

it('places any reported path', () => {
  expect(placeReportedPath('cam1/2025/08/02/seg_0001.m4s')).toMatchObject({
    dir: 'cam1/2025/08/02',
    seq: 1,
    track: 'video',
    generation: 'dated',
    initPath: 'cam1/2025/08/02/init.m4s',
  });
  expect(placeReportedPath('media/part-17.mp4')).toMatchObject({ dir: 'media', seq: 17, track: 'video' });
  expect(placeReportedPath('media/part.mp4')).toMatchObject({ seq: 0, initPath: 'media/init.m4s' });
  expect(placeReportedPath('x.mp4')).toMatchObject({ dir: '', seq: 0, initPath: 'init.m4s' });
});
