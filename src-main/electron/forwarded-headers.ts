/** Carries the secret that tells the core that a request comes from its own desktop shell. */
export const DESKTOP_SECRET_HEADER = 'x-liveman-desktop';

/** Belong to one connection, or say where the page is, or could stand for a credential of their own. */
const NOT_FORWARDED = new Set([
  'connection',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'proxy-authorization',
  'proxy-connection',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  DESKTOP_SECRET_HEADER,
]);

const NOT_RETURNED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'set-cookie',
  'strict-transport-security',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The headers a request of the page goes to the core with: its own, without those that name the page's origin or
 * come from a browser's jar, and with the desktop's credential.
 */
export function toCoreHeaders(
  page: Iterable<readonly [string, string]>,
  secret: string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [rawName, value] of page) {
    const name = rawName.toLowerCase();
    if (!NOT_FORWARDED.has(name) && !name.startsWith('sec-')) headers[name] = value;
  }
  // Chromium decodes nothing on a custom scheme, so bodies have to come as they are.
  headers['accept-encoding'] = 'identity';
  headers[DESKTOP_SECRET_HEADER] = secret;
  return headers;
}

/**
 * The headers of the core's answer that the page gets to see.
 *
 * `rawHeaders` alternates names and values as Node gives them. A `location` on the core's own origin becomes a path, so
 * that the page stays on its scheme.
 */
export function toPageHeaders(rawHeaders: readonly string[], coreOrigin: string): [string, string][] {
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    if (NOT_RETURNED.has(name)) continue;
    headers.push([name, name === 'location' ? relativeLocation(value, coreOrigin) : value]);
  }
  return headers;
}

function relativeLocation(value: string, coreOrigin: string): string {
  if (!URL.canParse(value)) return value;
  const { origin, pathname, search, hash } = new URL(value);
  return origin === coreOrigin ? `${pathname}${search}${hash}` : value;
}
