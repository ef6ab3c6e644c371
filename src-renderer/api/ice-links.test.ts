import { describe, expect, it } from 'vitest';
import { parseIceServers } from './ice-links.ts';

describe('parseIceServers', () => {
  it('reads servers with and without a login', () => {
    const header =
      '<stun:stun.example.net>; rel="ice-server", ' +
      '<turn:turn.example.net?transport=udp>; rel="ice-server"; username="12, \\"a\\"; <b>"; credential="x/y=="; credential-type="password"';
    expect(parseIceServers(header)).toEqual([
      { urls: 'stun:stun.example.net' },
      { urls: 'turn:turn.example.net?transport=udp', username: '12, "a"; <b>', credential: 'x/y==' },
    ]);
  });

  it('leaves out other links and what is no ICE server', () => {
    expect(parseIceServers(null)).toEqual([]);
    expect(parseIceServers('</next>; rel="next", <https://x>; rel="ice-server"')).toEqual([]);
    expect(parseIceServers('<stuns:s:5349>;rel=ice-server')).toEqual([{ urls: 'stuns:s:5349' }]);
  });
});
