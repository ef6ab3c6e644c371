import { type Handler, NodeError } from './node-http.ts';

export interface Route {
  /** `/api/streams/{stream}`; `{*path}` takes the rest of the path. */
  readonly pattern: string;
  /** Handlers in the order in which `Allow` lists them. */
  readonly methods: Readonly<Record<string, Handler>>;
  /** Whether the route asks for no token. */
  readonly isOpen?: boolean;
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a raw path; the first that fits wins. Parts that are no UTF-8 are refused. */
export function matchRoute(routes: readonly Route[], rawPath: string): RouteMatch | undefined {
  const parts = rawPath.split('/');
  for (const route of routes) {
    const params = matchPattern(route.pattern.split('/'), parts);
    if (params) return { route, params };
  }
  return undefined;
}

/** The value of the `Allow` header. */
export function allowedMethods(route: Route): string {
  return Object.keys(route.methods)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(',');
}

function matchPattern(pattern: string[], parts: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const part = parts[i];
    if (part === undefined) return undefined;
    if (expected.startsWith('{*')) {
      const rest = parts.slice(i).join('/');
      if (rest === '') return undefined;
      params[expected.slice(2, -1)] = decode(rest);
      return params;
    }
    if (expected.startsWith('{')) {
      if (part === '') return undefined;
      params[expected.slice(1, -1)] = decode(part);
    } else if (part !== expected) {
      return undefined;
    }
  }
  return pattern.length === parts.length ? params : undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new NodeError(400, `Invalid URL: Invalid UTF-8 in \`${part}\``);
  }
}
