/**
 * Who may talk to the endpoint at all, before any credential is looked at: pure functions on Host and Origin.
 *
 * A page of another site can make a browser send requests to this machine. It cannot choose the Host header
 * freely (it carries the name the page used, so DNS rebinding shows), nor hide its Origin on requests that
 * change something.
 */

export interface GuardOptions {
  /** Host names (no port) besides loopback and IP literals that name this endpoint: of `http.public`, this computer. */
  readonly ownHostNames: readonly string[];
  /** Whether other origins may call (config `http.cors`); they then have to bring a token. */
  readonly isCorsOn: boolean;
}

export interface GuardedRequest {
  readonly method: string;
  readonly host: string | undefined;
  /** The name that clients use, where a reverse proxy that is trusted says so. */
  readonly forwardedHost?: string | undefined;
  readonly origin: string | undefined;
  /** Whether the client speaks HTTPS, to us or to a proxy that says so; a proxy that is not trusted may keep it to itself. */
  readonly isSecure?: boolean;
  /** Sec-Fetch-Site as browsers send it. */
  readonly fetchSite: string | undefined;
  /** Whether the request carries a credential a foreign page cannot make a browser add (Authorization). */
  readonly hasExplicitCredential: boolean;
}

const APP_ORIGIN = 'app://liveman';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Null when the request may go on, otherwise why not, in words. */
export function findGuardProblem(request: GuardedRequest, options: GuardOptions): string | null {
  const host = parseHostName(request.host);
  if (host === null) return 'The Host header is missing or malformed.';
  // Both: a page on the computer of the proxy can make a browser send either header, but not a Host of ours.
  const forwarded = request.forwardedHost === undefined ? host : parseHostName(request.forwardedHost);
  const strange = [host, forwarded].find((name) => name === null || !isOwnHost(name, options.ownHostNames));
  if (strange !== undefined) {
    return `This endpoint is not known as "${strange ?? request.forwardedHost}". Use its address, or set http.public to the name clients use.`;
  }
  if (request.hasExplicitCredential || options.isCorsOn) return null;
  if (isForeign(request) && !SAFE_METHODS.has(request.method)) {
    return `Pages of ${request.origin ?? 'another site'} may not change anything here. Send a token, or set http.cors.`;
  }
  return null;
}

/** Whether a page of another origin sends the request; what a browser adds by itself, as cookies, is not its own. */
export function isForeign({ fetchSite, forwardedHost, host, isSecure, origin }: GuardedRequest): boolean {
  if (origin === undefined) return fetchSite === 'cross-site' || fetchSite === 'same-site';
  // Who can answer for us in plain HTTP is not us.
  if (isSecure === true && origin.toLowerCase().startsWith('http:')) return true;
  return !isSameOrigin(origin, host) && !isSameOrigin(origin, forwardedHost);
}

/** Host name in lower case without port and brackets, or null when malformed. */
export function parseHostName(header: string | undefined): string | null {
  if (!header) return null;
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header);
  return match?.[1] ? match[1].toLowerCase().replace(/^\[|\]$/g, '') : null;
}

/** Whether an address is reachable from this computer only. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function isOwnHost(host: string, ownHostNames: readonly string[]): boolean {
  const isIpLiteral = host.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
  return isIpLiteral || host === 'localhost' || ownHostNames.some((own) => own.toLowerCase() === host);
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  if (origin === APP_ORIGIN) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
