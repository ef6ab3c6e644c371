import { describe, expect, it } from 'vitest';
import { multivariantPlaylist } from './hls-playlist.ts';
import { at, every, recording } from './media-builders.ts';
import { factsOf, mediaPlaylist } from './playlist-builders.ts';
import { stitch } from './stitch.ts';

const range = { startUs: at(0), endUs: at(100) };
const linesOf = (playlist: string, tag: string) =>
  playlist.split('\n').filter((line) => line.startsWith(tag));

describe('multivariant playlist', () => {
  const pictures = { video: every(10, 0, 20), audio: every(10, 0, 20) };

  it('names the codecs, the size, the rates and the sound', () => {
    const media = stitch([recording('r', 'a', pictures)], range);
    expect(multivariantPlaylist(factsOf(media), range).split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8?start_ts=${at(0)}&end_ts=${at(100)}"`,
      '#EXT-X-STREAM-INF:BANDWIDTH=160000,AVERAGE-BANDWIDTH=160000,CODECS="avc1.42e01f,opus",RESOLUTION=640x360,FRAME-RATE=30.000,AUDIO="aud"',
      `video.m3u8?start_ts=${at(0)}&end_ts=${at(100)}`,
      '',
    ]);
  });

  it('has no rendition without sound and no end without one asked for', () => {
    const media = stitch([recording('r', 'a', { video: every(10, 0, 20) })], range);
    const playlist = multivariantPlaylist(factsOf(media), { startUs: at(0), endUs: null });
    expect(playlist).not.toContain('AUDIO');
    expect(playlist).toContain(`\nvideo.m3u8?start_ts=${at(0)}\n`);
  });

  it('plays sound alone as the main track', () => {
    const media = stitch([recording('r', 'a', { audio: every(10, 0, 20) })], range);
    const playlist = multivariantPlaylist(factsOf(media), range);
    expect(playlist).toContain('CODECS="opus"\naudio.m3u8?');
    expect(playlist).not.toContain('RESOLUTION');
  });
});

describe('media playlist', () => {
  const twoRuns = stitch(
    [
      recording('r', 'a', { video: every(10, 0, 20), audio: every(10, 0.5, 20.5) }),
      recording('s', 'a', { video: every(4.0333, 40, 48) }),
    ],
    range,
  );

  it('tells runs, times and lengths', () => {
    const playlist = mediaPlaylist(twoRuns, 'main', false);
    expect(playlist.split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-TARGETDURATION:10',
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MAP:URI="init/rv.mp4"',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-22T11:00:08.000Z',
      '#EXTINF:10.000000,',
      `segment/rv0.${at(0)}.m4s`,
      '#EXTINF:10.000000,',
      `segment/rv10.${at(10)}.m4s`,
      '#EXT-X-DISCONTINUITY',
      '#EXT-X-MAP:URI="init/sv.mp4"',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-22T11:00:48.000Z',
      '#EXTINF:4.033300,',
      `segment/sv40.${at(40)}.m4s`,
      '#EXTINF:3.966700,',
      `segment/sv44.0333.${at(44.0333)}.m4s`,
      '#EXT-X-ENDLIST',
      '',
    ]);
  });

  it('has the same discontinuities and the same length of sound', () => {
    const [pictures, sound] = (['main', 'audio'] as const).map((which) =>
      mediaPlaylist(twoRuns, which, false),
    );
    const seconds = (playlist: string) =>
      linesOf(playlist, '#EXTINF').reduce((sum, line) => sum + Number(/:([\d.]+)/.exec(line)?.[1]), 0);
    expect(linesOf(sound!, '#EXT-X-DISCONTINUITY')).toHaveLength(1);
    expect(seconds(sound!)).toBeCloseTo(seconds(pictures!), 1);
    expect(linesOf(sound!, '#EXT-X-MAP')).toEqual([
      '#EXT-X-MAP:URI="init/ra.mp4"',
      '#EXT-X-MAP:URI="init/silence.mp4"',
    ]);
    expect(linesOf(sound!, '#EXT-X-PROGRAM-DATE-TIME')).toEqual(
      linesOf(pictures!, '#EXT-X-PROGRAM-DATE-TIME'),
    );
  });

  it('grows without an end and with one target duration', () => {
    const playlist = mediaPlaylist(twoRuns, 'main', true);
    expect(playlist).toContain('#EXT-X-PLAYLIST-TYPE:EVENT');
    expect(playlist).toContain('#EXT-X-TARGETDURATION:20');
    expect(playlist).not.toContain('ENDLIST');
  });

  it('begins anew behind a lost object', () => {
    const [first, second, third] = every(10, 0, 30);
    const media = stitch(
      [recording('r', 'a', { video: [first!, { ...second!, state: 'missing' }, third!] })],
      range,
    );
    const playlist = mediaPlaylist(media, 'main', false);
    expect(linesOf(playlist, '#EXTINF')).toHaveLength(2);
    expect(linesOf(playlist, '#EXT-X-DISCONTINUITY')).toHaveLength(1);
    expect(linesOf(playlist, '#EXT-X-PROGRAM-DATE-TIME')).toEqual([
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-22T11:00:08.000Z',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-22T11:00:28.000Z',
    ]);
  });

  it('does not claim independence where a segment begins without a key frame', () => {
    const [first, second] = every(10, 0, 20);
    const media = stitch([recording('r', 'a', { video: [first!, { ...second!, syncAt: 13 }] })], range);
    expect(mediaPlaylist(media, 'main', false)).not.toContain('INDEPENDENT');
  });
});
