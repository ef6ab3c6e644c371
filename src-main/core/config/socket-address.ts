import net from 'node:net';

/** Where to listen. */
export interface SocketAddress {
  /** An IP address without brackets, or a host name. */
  host: string;
  /** 0 to 65535; 0 lets the system choose. */
  port: number;
}

/** Reads `127.0.0.1:8888`, `[::1]:8888` or `localhost:8888`; `null` for anything else. */
export function parseSocketAddress(text: string): SocketAddress | null {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text.trim());
  if (!match) return null;
  const [, ipv6, other, digits] = match;
  const port = Number(digits);
  if (port > 65_535) return null;
  if (ipv6 !== undefined) return net.isIPv6(ipv6) ? { host: ipv6, port } : null;
  if (other === undefined || !/^[A-Za-z0-9.-]+$/.test(other)) return null;
  // Digits and dots alone are meant as an address, which 1.2.3 is not.
  if (/^[\d.]+$/.test(other) && !net.isIPv4(other)) return null;
  return { host: other, port };
}
