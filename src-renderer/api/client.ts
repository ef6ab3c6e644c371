import { ERROR_CODES, type ErrorCode } from '../../src-shared/contract/error-codes.ts';
import {
  type BodyOf,
  type HttpRoutes,
  httpRoutes,
  type ParamsOf,
  type QueryOf,
  type ReplyOf,
  type RouteName,
} from '../../src-shared/contract/http-routes.ts';
import type { RouteSpec } from '../../src-shared/contract/route.ts';
import { ApiError } from './api-error.ts';
import { type QueryValues, routeUrl } from './route-url.ts';

export { ApiError, errorMessage, isAborted } from './api-error.ts';

const DEFAULT_TIMEOUT_MS = 15_000;

/** An option that must be given, may be given or must not, as the route's schema says. */
type PartOption<K extends string, V> = [V] extends [undefined]
  ? { readonly [P in K]?: undefined }
  : Partial<Record<never, never>> extends V
    ? { readonly [P in K]?: V }
    : { readonly [P in K]: V };

type UrlParts<N extends RouteName> = PartOption<'params', ParamsOf<N>> & PartOption<'query', QueryOf<N>>;

interface CallSettings {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** A token to sign in with; afterwards the session cookie goes along by itself. */
  readonly bearerToken?: string;
}

/** What a call to route `N` takes. `timeoutMs` bounds the whole call, body included. */
export type CallOptions<N extends RouteName> = UrlParts<N> & PartOption<'body', BodyOf<N>> & CallSettings;

/** Routes that answer with JSON. */
export type JsonRouteName = {
  [N in RouteName]: HttpRoutes[N]['reply'] extends string ? never : N;
}[RouteName];

type OptionalIfEmpty<T> = Partial<Record<never, never>> extends T ? [options?: T] : [options: T];

export interface ApiClient {
  /** Calls a route. Rejects with ApiError only (code `aborted` when `signal` ended it). */
  call<N extends JsonRouteName>(name: N, ...rest: OptionalIfEmpty<CallOptions<N>>): Promise<ReplyOf<N>>;
  /** The URL of a route, relative to the page; for media elements, downloads and EventSource. */
  url<N extends RouteName>(name: N, ...rest: OptionalIfEmpty<UrlParts<N>>): string;
  /** Called whenever the manager answers that nobody is signed in. Returns how to stop listening. */
  onUnauthorized(listener: () => void): () => void;
}

interface AnyParts extends CallSettings {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: QueryValues;
  readonly body?: unknown;
}

/** A client for the routes of the contract; `doFetch` is the network edge. */
export function createApiClient(doFetch: typeof fetch = (...args) => fetch(...args)): ApiClient {
  const unauthorizedListeners = new Set<() => void>();

  async function call(name: RouteName, parts: AnyParts = {}): Promise<unknown> {
    const route: RouteSpec = httpRoutes[name];
    const timeout = AbortSignal.timeout(parts.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal = parts.signal ? AbortSignal.any([parts.signal, timeout]) : timeout;
    try {
      const response = await doFetch(routeUrl(route.path, parts.params, parts.query), {
        method: route.method,
        headers: headersOf(parts),
        body: parts.body === undefined ? undefined : JSON.stringify(parts.body),
        credentials: 'same-origin',
        signal,
      });
      if (!response.ok) throw await errorOf(response);
      return await readJson(response, name);
    } catch (error) {
      const failure = toApiError(error, parts.signal, timeout);
      if (failure.status === 401 && name !== 'login')
        for (const listener of unauthorizedListeners) listener();
      throw failure;
    }
  }

  return {
    call: (name, ...rest) => call(name, rest[0] as AnyParts | undefined) as Promise<never>,
    url: (name, ...rest) => {
      const parts = rest[0] as AnyParts | undefined;
      return routeUrl(httpRoutes[name].path, parts?.params, parts?.query);
    },
    onUnauthorized: (listener) => {
      unauthorizedListeners.add(listener);
      return () => unauthorizedListeners.delete(listener);
    },
  };
}

function headersOf(parts: AnyParts): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (parts.body !== undefined) headers['Content-Type'] = 'application/json';
  if (parts.bearerToken) headers.Authorization = `Bearer ${parts.bearerToken}`;
  return headers;
}

async function readJson(response: Response, name: string): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError('bad_reply', `The manager answered ${name} with something that is not JSON.`, {
      status: response.status,
      cause,
    });
  }
}

/** What nodes and upstream's manager say to whom has no right, and ours for their sake. */
const UPSTREAM_REFUSAL = "Don't permission";

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  if (response.status === 403 && text.includes(UPSTREAM_REFUSAL)) {
    return new ApiError('forbidden', 'Your account may not do this. Ask an administrator.', { status: 403 });
  }
  const reply = parseErrorReply(text);
  if (reply)
    return new ApiError(reply.code, reply.message, { status: response.status, details: reply.details });
  return new ApiError(
    codeOfStatus(response.status),
    text.trim().slice(0, 300) || `The manager answered ${response.status}.`,
    {
      status: response.status,
    },
  );
}

function parseErrorReply(
  text: string,
): { code: ErrorCode; message: string; details?: Record<string, unknown> } | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { code, message, details } = value as Record<string, unknown>;
    if (typeof code !== 'string' || !Object.hasOwn(ERROR_CODES, code) || typeof message !== 'string')
      return null;
    const isRecord = typeof details === 'object' && details !== null;
    return {
      code: code as ErrorCode,
      message,
      details: isRecord ? (details as Record<string, unknown>) : undefined,
    };
  } catch {
    return null;
  }
}

/** The first code of that status: replies of our form carry theirs, plain-text ones only the number. */
function codeOfStatus(status: number): ErrorCode {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  return codes.find((code) => ERROR_CODES[code].status === status) ?? 'internal';
}

function toApiError(error: unknown, callerSignal: AbortSignal | undefined, timeout: AbortSignal): ApiError {
  if (error instanceof ApiError) return error;
  if (callerSignal?.aborted) return new ApiError('aborted', 'The call was given up.', { cause: error });
  if (timeout.aborted) {
    return new ApiError('timeout', 'The manager did not answer in time.', { cause: error });
  }
  return new ApiError('network', 'The manager cannot be reached. Is it still running?', { cause: error });
}

/** The window's client. */
export const api: ApiClient = createApiClient();
