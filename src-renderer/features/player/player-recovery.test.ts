import { beforeEach, describe, expect, it } from 'vitest';
import {
  codecName,
  failingTimeMs,
  type PlayerFailure,
  PlayerRecovery,
  type RecoveryScene,
} from './player-recovery.ts';

const scene: RecoveryScene = {
  nextSegmentMs: (mediaMs) => (mediaMs < 60_000 ? (Math.floor(mediaMs / 10_000) + 1) * 10_000 : null),
  videoCodec: 'hvc1.1.6.L93.B0',
};
const decodeError = (mediaMs: number, message = 'PIPELINE_ERROR_DECODE'): PlayerFailure => ({
  kind: 'video',
  code: 3,
  message,
  mediaMs,
  appendingMs: null,
});
const hls = (overrides: Partial<PlayerFailure & { kind: 'hls' }>): PlayerFailure => ({
  kind: 'hls',
  type: 'networkError',
  details: 'fragLoadError',
  isFatal: true,
  httpStatus: null,
  mediaMs: 5000,
  ...overrides,
});

let recovery: PlayerRecovery;
beforeEach(() => {
  recovery = new PlayerRecovery();
});

describe('after a decode error', () => {
  it('goes on at the segment after the failing time', () => {
    expect(recovery.decide(decodeError(7400), scene)).toEqual({
      do: 'rebuild',
      failedMs: 7400,
      resumeMs: 10_000,
      message: 'Decode error here',
    });
  });

  it('trusts the time that the message names over the clock', () => {
    const message = 'PIPELINE_ERROR_DECODE: VDA Error 4; timestamp: 12033333';
    expect(failingTimeMs(message)).toBeCloseTo(12_033.333);
    expect(recovery.decide(decodeError(7400, message), scene)).toMatchObject({ resumeMs: 20_000 });
  });

  it('goes on behind a segment that could not be taken apart, though the picture has not come to it', () => {
    const failure: PlayerFailure = {
      kind: 'video',
      code: 3,
      message: 'CHUNK_DEMUXER_ERROR_APPEND_FAILED: Failed to prepare video sample for decode',
      mediaMs: 7400,
      appendingMs: 20_000,
    };
    expect(recovery.decide(failure, scene)).toMatchObject({ do: 'rebuild', resumeMs: 30_000 });
  });

  it('goes to the next window behind the last segment', () => {
    expect(recovery.decide(decodeError(65_000), scene)).toMatchObject({ do: 'next-window' });
  });

  it('gives up in words after six tries in a row', () => {
    for (let i = 0; i < 6; i++) expect(recovery.decide(decodeError(i * 1000), scene).do).toBe('rebuild');
    expect(recovery.decide(decodeError(7000), scene)).toMatchObject({ do: 'give-up' });
  });

  it('starts a new count after twenty good seconds, or when told to', () => {
    for (let i = 0; i < 6; i++) recovery.decide(decodeError(1000), scene);
    recovery.played(15_000);
    expect(recovery.decide(decodeError(15_000), scene).do).toBe('give-up');
    recovery.played(36_000);
    expect(recovery.decide(decodeError(36_000), scene).do).toBe('rebuild');
    for (let i = 0; i < 6; i++) recovery.decide(decodeError(36_000), scene);
    recovery.reset();
    expect(recovery.decide(decodeError(36_000), scene).do).toBe('rebuild');
  });
});

describe('after an error of hls.js', () => {
  it('names the codec that cannot be decoded', () => {
    const action = recovery.decide(
      hls({ type: 'mediaError', details: 'manifestIncompatibleCodecsError' }),
      scene,
    );
    expect(action).toEqual({
      do: 'give-up',
      message: 'This computer cannot decode HEVC. Export the range instead.',
    });
  });

  it('leaves what is not fatal to hls.js', () => {
    expect(recovery.decide(hls({ isFatal: false, details: 'bufferStalledError' }), scene).do).toBe('nothing');
  });

  it('looks for the nearest recorded time where a playlist is not there', () => {
    expect(recovery.decide(hls({ details: 'manifestLoadError', httpStatus: 404 }), scene).do).toBe(
      'find-nearest',
    );
  });

  it('jumps over a missing object', () => {
    expect(recovery.decide(hls({ httpStatus: 404 }), scene)).toMatchObject({ do: 'seek', resumeMs: 10_000 });
  });

  it('asks again with growing delays and then says so', () => {
    const failure = hls({ details: 'manifestLoadError', httpStatus: 503 });
    const delays = Array.from({ length: 6 }, () => recovery.decide(failure, scene)).map((action) =>
      action.do === 'reload' ? action.delayMs : -1,
    );
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    expect(recovery.decide(failure, scene).do).toBe('give-up');
  });

  it('does not ask again without permission', () => {
    expect(recovery.decide(hls({ httpStatus: 403 }), scene)).toMatchObject({ do: 'give-up' });
  });

  it('rebuilds the decoder after broken media', () => {
    expect(recovery.decide(hls({ type: 'mediaError', details: 'bufferAppendError' }), scene)).toMatchObject({
      do: 'rebuild',
      resumeMs: 10_000,
    });
  });
});

describe('when the clock stands', () => {
  const stall = (overrides: Partial<PlayerFailure & { kind: 'stall' }>): PlayerFailure => ({
    kind: 'stall',
    mediaMs: 12_000,
    stalledMs: 9000,
    bufferedFromMs: null,
    isLoading: false,
    ...overrides,
  });

  it('waits a little, then jumps to what is buffered', () => {
    expect(recovery.decide(stall({ stalledMs: 900, bufferedFromMs: 12_300 }), scene).do).toBe('nothing');
    expect(recovery.decide(stall({ stalledMs: 1600, bufferedFromMs: 12_300 }), scene)).toEqual({
      do: 'seek',
      failedMs: 12_000,
      resumeMs: 12_300,
      message: null,
    });
  });

  it('reloads once while something is loading, then goes on behind it', () => {
    expect(recovery.decide(stall({ isLoading: true, stalledMs: 3000 }), scene).do).toBe('nothing');
    expect(recovery.decide(stall({ isLoading: true }), scene).do).toBe('reload');
    expect(recovery.decide(stall({ isLoading: true }), scene)).toMatchObject({
      do: 'rebuild',
      resumeMs: 20_000,
    });
  });
});

it('names codecs', () => {
  expect(['avc1.42c01e', 'hev1', 'vp09.00.10.08', 'av01.0.08M.08', 'mp4v', null].map(codecName)).toEqual([
    'H.264',
    'HEVC',
    'VP9',
    'AV1',
    'mp4v',
    null,
  ]);
});
