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
 * - `execute`: the administer bit (1) for the `{stream}` of the path, or an operator of it
 * - `observe`: who reads or steers more than one stream by name: `*` tokens with the read or administer bit, accounts
 *   of every role; the handler shows only the streams the caller may see (`maySee`)
 * - `operate`: operators and administrators; the `{stream}` of the path, where there is one, must be one of theirs,
 *   and the handler asks (`demandOperate`) about streams named elsewhere
 * - `admin`: administrators: the administer bit (1) for all streams, or the role
 */
export type RouteAccess =
  | 'open'
  | 'report'
  | 'any'
  | 'read'
  | 'write'
  | 'session'
  | 'execute'
  | 'observe'
  | 'operate'
  | 'admin';

/** Every access value, for what checks them while the program runs. */
export const ROUTE_ACCESSES = [
  'open',
  'report',
  'any',
  'read',
  'write',
  'session',
  'execute',
  'observe',
  'operate',
  'admin',
] as const satisfies readonly RouteAccess[];

/** What a call does, as the audit log names it: verb, then kind of object (`delete stream`). */
export type AuditAction = `${string} ${string}`;

/**
 * How calls of a route are kept in the audit log, refused and failed ones too.
 *
 * An action alone: one entry for each call. With `isContinuous`, what one caller does to one object again and again
 * (the playlists and segments of a player) is one entry.
 */
export type RouteAudit = AuditAction | { readonly action: AuditAction; readonly isContinuous: true };

/** One HTTP route: the only place where its method, path, shapes, errors and access are written. */
export interface RouteSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` is one decoded path segment, `{*name}` at the end is the rest. */
  readonly path: string;
  readonly access: RouteAccess;
  /** Of an open route: nobody is looked up for it, so that it answers whatever hangs. */
  readonly isAnonymous?: true;
  readonly summary: string;
  /**
   * Makes the endpoint keep each call. The object's name is that of the path (its parameters joined by ` / `); a
   * handler that knows better says so with `call.audit.object(name)` and adds facts with `call.audit.detail(key, value)`.
   * Set it on every route that changes something, plays or hands out media.
   */
  readonly audit?: RouteAudit;
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
