/**
 * The entries of one or more Link headers (RFC 8288), each with its parameters as text.
 *
 * Commas inside `<…>` and quoted text do not separate.
 */
export function splitLinks(headers: readonly string[]): string[] {
  return headers.flatMap((header) => {
    const links: string[] = [];
    let link = '';
    let state: 'outside' | 'url' | 'quoted' = 'outside';
    for (let i = 0; i < header.length; i++) {
      const char = header[i] as string;
      if (state === 'quoted' && char === '\\') {
        link += char + (header[++i] ?? '');
        continue;
      }
      if (state === 'outside' && char === ',') {
        links.push(link.trim());
        link = '';
        continue;
      }
      if (state === 'outside' && char === '<') state = 'url';
      else if (state === 'url' && char === '>') state = 'outside';
      else if (char === '"' && state !== 'url') state = state === 'quoted' ? 'outside' : 'quoted';
      link += char;
    }
    links.push(link.trim());
    return links.filter((each) => each !== '');
  });
}

/** Whether a link names a STUN or TURN server. */
export function isIceServerLink(link: string): boolean {
  return /;\s*rel\s*=\s*(?:"ice-server"|ice-server(?=\s*(?:;|$)))/i.test(link.replace(/^<[^>]*>/, ''));
}

/** A STUN or TURN server as nodes write it; user and credential only where there is a user. */
export function iceServerLinks(server: {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}): string[] {
  const { credential = '', urls, username = '' } = server;
  const login =
    username === '' ? '' : `; username=${JSON.stringify(username)}; credential=${JSON.stringify(credential)}`;
  return urls.map((url) => `<${url}>; rel="ice-server"${login}`);
}
