import { describe, expect, it } from 'vitest';
import { decodeMessages, layoutBytes, loadTrack, probe, servedLayout, withFile } from './media-test-kit.ts';

/** Recording, its samples stored and kept, and the end of its last picture in seconds. */
const VIDEO = [
  ['head/recordings/cam1/1795345208', 'v_', 1130, 1051, 35.078],
  ['head/recordings/gone/1795345263', 'v_', 363, 361, 12.012],
  ['head/recordings/cam3/1795345208', 'v_', 1056, 1053, 35.11],
  ['head/recordings/dflt/1795345208', 'v_', 6, 6, 36.003],
  ['v0.9.0/recordings/cam1/1795345823', 'v_', 1052, 1052, 35.078],
  ['v0.9.0/recordings/mute/1795345823', 'v_', 1053, 1053, 35.112],
] as const;

describe.each(VIDEO)('%s served as one file', (folder, prefix, stored, kept, endS) => {
  it('decodes to the kept pictures without a message', async () => {
    const track = await loadTrack(folder, prefix);
    const analyses = track.segments.map((segment) => segment.analysis);
    expect(analyses.reduce((sum, a) => sum + a.sampleCount, 0)).toBe(stored);
    expect(analyses.reduce((sum, a) => sum + a.keptCount, 0)).toBe(kept);
    expect((analyses.at(-1)?.endTicks ?? 0) / track.init.timescale).toBeCloseTo(endS, 1);

    await withFile(await layoutBytes(servedLayout(track)), async (path) => {
      expect(await decodeMessages(path)).toBe('');
      const { streams } = await probe(path, '-count_frames');
      expect(streams[0]?.nb_read_frames).toBe(String(kept));
    });
  });
});

const AUDIO = [
  ['head/recordings/cam1/1795345208', 'a_', 1754],
  ['v0.9.0/recordings/vp8/1795345823', 'a_', 1754],
  ['push/recordings/cam1/2026/11/22', 'audio_', 1650],
] as const;

describe.each(AUDIO)('the sound of %s served as one file', (folder, prefix, packets) => {
  it('decodes without a message', async () => {
    const track = await loadTrack(folder, prefix);
    await withFile(await layoutBytes(servedLayout(track, 4800)), async (path) => {
      expect(await decodeMessages(path)).toBe('');
      const { streams } = await probe(path, '-count_frames');
      expect(streams[0]?.nb_read_frames).toBe(String(packets));
    });
  });
});

it('decodes the pushed generation from its first key frame on', async () => {
  const track = await loadTrack('push/recordings/cam1/2026/11/22', '');
  const [first, ...rest] = track.segments;
  expect(first?.analysis.firstSyncTicks).toBeNull();
  await withFile(await layoutBytes(servedLayout({ ...track, segments: rest })), async (path) => {
    expect(await decodeMessages(path)).toBe('');
    expect((await probe(path, '-count_frames')).streams[0]?.nb_read_frames).toBe('660');
  });
});
