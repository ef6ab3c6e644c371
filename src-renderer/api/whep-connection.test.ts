import { expect, it } from 'vitest';
import { fragmentOf, sessionOf } from './whep-connection.ts';

it('finds the session in what the manager answers', () => {
  expect(sessionOf('/session/cam1/5a0c-1')).toBe('5a0c-1');
  expect(sessionOf('https://manager/prefix/session/a%2Fb/x%20y?z=1')).toBe('x y');
  expect(sessionOf('/whep/cam1')).toBeNull();
  expect(sessionOf(null)).toBeNull();
});

it('writes candidates under the section they belong to', () => {
  const sdp = [
    'v=0',
    'a=group:BUNDLE 0 1',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=ice-ufrag:ab',
    'a=ice-pwd:cd',
    'a=mid:0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=mid:1',
    '',
  ].join('\r\n');
  const candidate = 'candidate:1 1 udp 2122 192.0.2.1 5000 typ host';
  expect(fragmentOf(sdp, [{ candidate, sdpMid: '0' }]).split('\r\n')).toEqual([
    'a=ice-ufrag:ab',
    'a=ice-pwd:cd',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=mid:0',
    `a=${candidate}`,
    '',
  ]);
});
