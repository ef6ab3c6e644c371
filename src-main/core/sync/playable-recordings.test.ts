import { expect, it } from 'vitest';
import { parsePlayable, parsePlayableStreams } from './playable-recordings.ts';

it('reads what a node can play, and leaves out what cannot be used', () => {
  const found = parsePlayable('cam1', [
    { record: '1795345208', mpd_path: 'cam1/1795345208/manifest.mpd', duration_ms: 35_000 },
    { record: '1795345300', mpd_path: 'rec/cam1/1795345300/manifest.mpd', duration_ms: null },
    { record: 'x', mpd_path: 'cam1/x/manifest.mpd', duration_ms: 1 },
    { record: '1795345400', mpd_path: '../manifest.mpd', duration_ms: 1 },
    null,
  ]);
  const common = { stream: 'cam1', endUs: null };
  expect(found).toEqual([
    {
      ...common,
      record: '1795345208',
      dir: 'cam1/1795345208',
      startUs: 1_795_345_208_000_000,
      status: 'completed',
    },
    {
      ...common,
      record: '1795345300',
      dir: 'rec/cam1/1795345300',
      startUs: 1_795_345_300_000_000,
      status: 'active',
    },
  ]);
  expect(() => parsePlayable('cam1', {})).toThrow(TypeError);
  expect(parsePlayableStreams(['cam1', '', 1])).toEqual(['cam1']);
  expect(() => parsePlayableStreams(null)).toThrow(TypeError);
});
