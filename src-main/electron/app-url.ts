/** The window's origin; `app` is registered as a standard, secure scheme. */
export const APP_SCHEME = 'app';
export const APP_HOST = 'liveman';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

const CORE_PATH = /^\/(?:api|whip|whep|session|healthz|readyz)(?:\/|$)/;
const MAX_EXTERNAL_URL_CHARS = 2048;

/** Who answers a request of the window: the core over HTTP, the built files, or nobody (another host, not a GET). */
export type RequestTarget = 'core' | 'file' | 'none';

/** Decides who answers `method url`; `url` is absolute, as Chromium gives it. */
export function classifyRequest(method: string, url: string): RequestTarget {
  if (!isAppUrl(url)) return 'none';
  if (CORE_PATH.test(new URL(url).pathname)) return 'core';
  return method === 'GET' || method === 'HEAD' ? 'file' : 'none';
}

/** Whether a URL belongs to our own page: the only one that may navigate, call the bridge or ask for permissions. */
export function isAppUrl(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  // `origin` of a custom scheme is "null" in Node, so its parts are compared.
  return parsed?.protocol === `${APP_SCHEME}:` && parsed.host === APP_HOST && parsed.username === '';
}

/**
 * Whether a link may be handed to the operating system's browser: https to a named host, without credentials.
 *
 * Other schemes start other programs (`file:`, `smb:`, `ms-msdt:` and the like), so nothing else is let out.
 */
export function isSafeExternalUrl(url: string): boolean {
  if (url.length > MAX_EXTERNAL_URL_CHARS || !URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  return protocol === 'https:' && hostname !== '' && username === '' && password === '';
}
