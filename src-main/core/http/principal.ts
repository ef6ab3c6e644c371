import type { RouteAccess } from '../../../src-shared/contract/route.ts';
import { AppError } from '../base/errors.ts';

/** Bits of a token's `mode`, as nodes know them. */
export const MODE = { read: 4, write: 2, admin: 1 } as const;
export const MODE_ALL = MODE.read | MODE.write | MODE.admin;

/** Who a request comes from: a stream name or `*`, and what it may do there. */
export interface Principal {
  /** Stream name, or `*` for all. */
  readonly id: string;
  /** Sum of `MODE` bits. */
  readonly mode: number;
  /** Name for the window and the log; never a secret. */
  readonly name: string;
}

/** Whether the principal may see the recordings of `stream`. */
export function mayRead(principal: Principal, stream: string): boolean {
  return isFor(principal, stream) && (principal.mode & MODE.read) !== 0;
}

/** Throws forbidden unless the principal may see the recordings of `stream`. */
export function demandRead(principal: Principal | null, stream: string): void {
  if (!principal || !mayRead(principal, stream)) {
    throw new AppError('forbidden', `You may not see the recordings of ${stream}.`);
  }
}

/** Whether the principal may administer the cluster. */
export function isAdmin(principal: Principal): boolean {
  return principal.id === '*' && (principal.mode & MODE.admin) !== 0;
}

/**
 * The access rule of a route, for the `{stream}` of its path (undefined where it has none).
 *
 * `open` and `report` are decided by the caller before there is a principal.
 */
export function isAllowed(principal: Principal, access: RouteAccess, stream: string | undefined): boolean {
  switch (access) {
    case 'open':
    case 'any':
      return true;
    case 'report':
      return principal.id === '*' && (principal.mode & (MODE.write | MODE.admin)) !== 0;
    case 'admin':
      return isAdmin(principal);
    case 'read':
      return stream !== undefined && mayRead(principal, stream);
    case 'write':
      return hasMode(principal, MODE.write, stream);
    case 'session':
      return hasMode(principal, MODE.read | MODE.write, stream);
    case 'execute':
      return hasMode(principal, MODE.admin, stream);
  }
}

/** Whether the principal has one of the bits of `modes` for the stream. */
function hasMode(principal: Principal, modes: number, stream: string | undefined): boolean {
  return stream !== undefined && isFor(principal, stream) && (principal.mode & modes) !== 0;
}

function isFor(principal: Principal, stream: string): boolean {
  return principal.id === '*' || principal.id === stream;
}
