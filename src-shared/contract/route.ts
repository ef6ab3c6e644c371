import type { TSchema } from 'typebox';
import type { ErrorCode } from './error-codes.ts';

/**
 * Who may call a route. It is checked before the handler runs; a route without it does not type-check.
 *
 * - `open`: nobody is asked (health, login, the window's files)
 * - `report`: nodes that report segments
 * - `any`: every valid credential; the handler shows each caller only what it may see
 * - `read`, `write`: the bit for the `{stream}` of the path (4, 2)
 * - `session`: the read or the write bit for the `{stream}` of the path
 * - `execute`: the administer bit (1) for the `{stream}` of the path
 * - `admin`: the administer bit (1) for all streams
 */
export type RouteAccess = 'open' | 'report' | 'any' | 'read' | 'write' | 'session' | 'execute' | 'admin';

/** One HTTP route: the only place where its method, path, shapes, errors and access are written. */
export interface RouteSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` is one decoded path segment, `{*name}` at the end is the rest. */
  readonly path: string;
  readonly access: RouteAccess;
  readonly summary: string;
  /** `upstream`: path, JSON and plain-text errors are those of live777's manager; `ours`: JSON errors. */
  readonly form: 'upstream' | 'ours';
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** Media type of a body that is not read here but handed on as it comes; any type is let through. */
  readonly rawBody?: string;
  /** Shape of the 200 reply, or the media type where it is not JSON. */
  readonly reply: TSchema | string;
  readonly errors: readonly ErrorCode[];
}

/** Keeps the literal types of a table of routes and checks each entry. */
export function defineRoutes<const T extends Record<string, RouteSpec>>(routes: T): T {
  return routes;
}
