import type { RouteAccess } from '../../../src-shared/contract/route.ts';
import type { CredentialKind } from '../../../src-shared/model/audit-entry.ts';
import { AppError } from '../base/errors.ts';
import { matchesAny } from './stream-patterns.ts';

/**
 * What a principal may do. The first three are bits of a token's `mode`, as nodes know them; `operate` is ours: what
 * accounts of operators may do to all their streams.
 */
export const MODE = { read: 4, write: 2, admin: 1, operate: 8 } as const;
export const MODE_ALL = MODE.read | MODE.write | MODE.admin;

/** Who a request comes from: a stream name or `*`, and what it may do there. */
export interface Principal {
  /** Stream name, or `*` for all. */
  readonly id: string;
  /** Sum of `MODE` bits. */
  readonly mode: number;
  /** Name for the window and the log; never a secret. */
  readonly name: string;
  /** Patterns that limit `*` to the streams that match one of them; absent: all. */
  readonly streams?: readonly string[] | undefined;
  /** Aliases of nodes: such a principal reports for these, and does nothing else. */
  readonly nodes?: readonly string[];
  /** Kind of the credential. */
  readonly via?: CredentialKind;
  /** Public identifier of the browser session or token; never a secret. */
  readonly key?: string | undefined;
}

/** Who makes a session, the same on all its ways here: an account whatever it logged in with, else the credential. */
export function ownerName(principal: Principal | null): string | null {
  if (principal?.via === 'account') return `account ${principal.name}`;
  return principal?.key ?? null;
}

/** Whether the principal may see the recordings of `stream`. */
export function mayRead(principal: Principal, stream: string): boolean {
  return hasMode(principal, MODE.read, stream);
}

/** Throws forbidden unless the principal may see the recordings of `stream`. */
export function demandRead(principal: Principal | null, stream: string): void {
  if (!principal || !mayRead(principal, stream)) {
    throw new AppError('forbidden', `You may not see the recordings of ${stream}.`);
  }
}

/** Whether the principal may know that `stream` is there and how it does. */
export function maySee(principal: Principal | null, stream: string): boolean {
  return principal !== null && hasMode(principal, MODE.read | MODE.operate | MODE.admin, stream);
}

/** Whether the principal may see every stream there is, so that nothing needs to be left out for it. */
export function maySeeAll(principal: Principal | null): boolean {
  return principal !== null && principal.streams === undefined && maySee(principal, '*');
}

/** Whether the principal may steer `stream`: record it, relay it, end its sessions, delete it. */
export function mayOperate(principal: Principal, stream: string): boolean {
  return hasMode(principal, MODE.operate | MODE.admin, stream);
}

/** Throws forbidden unless the principal may steer `stream`. */
export function demandOperate(principal: Principal | null, stream: string): void {
  if (!principal || !mayOperate(principal, stream)) {
    throw new AppError('forbidden', `You may not steer ${stream}. Ask an administrator for the right to.`);
  }
}

/** Whether the principal may administer the cluster. */
export function isAdmin(principal: Principal): boolean {
  return principal.id === '*' && (principal.mode & MODE.admin) !== 0;
}

/**
 * The access rule of a route, for the `{stream}` of its path (undefined where it has none).
 *
 * `open` is decided by the caller before there is a principal.
 */
export function isAllowed(principal: Principal, access: RouteAccess, stream: string | undefined): boolean {
  switch (access) {
    case 'open':
      return true;
    case 'any':
      return principal.nodes === undefined;
    case 'report':
      return (
        principal.nodes !== undefined ||
        (isUnlimited(principal) && (principal.mode & (MODE.write | MODE.admin)) !== 0)
      );
    case 'observe':
      return principal.id === '*' && (principal.mode & (MODE.read | MODE.operate | MODE.admin)) !== 0;
    case 'operate':
      return isOperator(principal) && (stream === undefined || mayOperate(principal, stream));
    case 'admin':
      // Settings, rules, nodes, profiles and secrets are of all streams: who is limited could lift the limit with them.
      return isAdmin(principal) && isUnlimited(principal);
    case 'read':
      return stream !== undefined && mayRead(principal, stream);
    case 'write':
      return stream !== undefined && hasMode(principal, MODE.write, stream);
    case 'session':
      return stream !== undefined && hasMode(principal, MODE.read | MODE.write, stream);
    case 'execute':
      return stream !== undefined && mayOperate(principal, stream);
  }
}

/** Whether the principal has one of the bits of `modes` for the stream. */
function hasMode(principal: Principal, modes: number, stream: string): boolean {
  return (principal.mode & modes) !== 0 && isFor(principal, stream);
}

function isOperator(principal: Principal): boolean {
  return principal.id === '*' && (principal.mode & (MODE.operate | MODE.admin)) !== 0;
}

function isFor(principal: Principal, stream: string): boolean {
  if (principal.id !== '*') return principal.id === stream;
  return principal.streams === undefined || matchesAny(principal.streams, stream);
}

/** Whether the principal is for all streams there are. */
export function isUnlimited(principal: Principal): boolean {
  return principal.id === '*' && principal.streams === undefined;
}

/** Who may do everything. */
export function everything(name: string, via: CredentialKind): Principal {
  return { id: '*', mode: MODE_ALL, name, via };
}

/** A node that may report, and nothing else. */
export function nodePrincipal(aliases: readonly string[]): Principal {
  return { id: '', mode: 0, name: `node ${aliases.join(', ')}`, via: 'node', nodes: aliases };
}
