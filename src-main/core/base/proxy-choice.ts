/** Which proxy outgoing calls go through. */
export interface ProxySettings {
  /** For everything; `direct` for none, whatever the environment says; empty for that of the environment. */
  readonly url: string;
  /** Hosts that are reached directly; null for NO_PROXY of the environment. */
  readonly bypass: readonly string[] | null;
  /** Whether even addresses of this computer go through it. */
  readonly isForLoopback: boolean;
}

/** The proxy for a URL, or null for a direct connection. */
export type ProxyChoice = (url: URL) => string | null;

/**
 * Reads which proxy is meant, from the settings and then from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (or
 * their lower-case forms), as curl does.
 *
 * Entries of the bypass are host names (with everything below them), addresses, IPv4 networks like `10.0.0.0/8`, any
 * of them with a port, or `*`.
 */
export function chooseProxies(
  settings: ProxySettings,
  env: Readonly<Record<string, string | undefined>>,
): ProxyChoice {
  const read = (name: string) => env[name.toLowerCase()] || env[name] || '';
  const { isForLoopback, url: configured } = settings;
  if (configured === 'direct') return () => null;
  const all = configured || read('ALL_PROXY');
  const proxies: Record<string, string> = {
    'http:': configured || read('HTTP_PROXY') || all,
    'https:': configured || read('HTTPS_PROXY') || all,
  };
  const bypass = settings.bypass ?? read('NO_PROXY').split(/[\s,]+/);
  const rules = bypass.filter((entry) => entry !== '').map(parseRule);
  return (url) => {
    const proxy = proxies[url.protocol];
    if (!proxy) return null;
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    if (isLoopback(host)) return isForLoopback ? withScheme(proxy) : null;
    return rules.some((matches) => matches(host, port)) ? null : withScheme(proxy);
  };
}

function withScheme(proxy: string): string {
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d+){3}$/.test(host)
  );
}

function parseRule(entry: string): (host: string, port: string) => boolean {
  if (entry === '*') return () => true;
  const [, name = '', wantedPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  // More than one colon is an IPv6 address, which has no port here.
  const isAddress = entry.split(':').length > 2;
  const pattern = isAddress ? entry.toLowerCase().replace(/^\[|\]$/g, '') : name;
  const matchesHost = hostRule(pattern);
  return (host, port) => matchesHost(host) && (isAddress || !wantedPort || wantedPort === port);
}

function hostRule(pattern: string): (host: string) => boolean {
  const network = /^(\d+\.\d+\.\d+\.\d+)\/(\d{1,2})$/.exec(pattern);
  if (network?.[1] && network[2]) {
    const bits = Number(network[2]);
    const wanted = ipv4(network[1]);
    return (host) => {
      const found = ipv4(host);
      if (found === null || wanted === null) return false;
      const size = 2 ** (32 - bits);
      return Math.floor(found / size) === Math.floor(wanted / size);
    };
  }
  const bare = pattern.replace(/^\*?\./, '');
  return (host) => host === bare || host.endsWith(`.${bare}`);
}

function ipv4(host: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
