/**
 * The ICE servers of a reply's `Link` header (`<stun:host>; rel="ice-server"`, RFC 9725); other links are left out.
 *
 * Several links stand in one header, parted by commas. What cannot be read is left out.
 */
export function parseIceServers(header: string | null): RTCIceServer[] {
  if (!header) return [];
  const servers: RTCIceServer[] = [];
  for (const [, url = '', rest = ''] of header.matchAll(
    /<([^>]*)>((?:\s*;\s*[\w-]+="(?:\\.|[^"\\])*"|[^,"<])*)/g,
  )) {
    const parameters = readParameters(rest);
    if (parameters.get('rel') !== 'ice-server' || !/^(stun|turn)s?:/i.test(url)) continue;
    const username = parameters.get('username');
    const credential = parameters.get('credential');
    servers.push(
      username === undefined ? { urls: url } : { urls: url, username, credential: credential ?? '' },
    );
  }
  return servers;
}

function readParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of text.matchAll(
    /;\s*([\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;,\s"]*))/g,
  )) {
    parameters.set(name.toLowerCase(), quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'));
  }
  return parameters;
}
