import type { AccountRole } from '../../../src-shared/model/account.ts';
import type { KnownAccount } from '../auth/account-book.ts';
import { MODE, MODE_ALL, type Principal } from './principal.ts';

const ROLE_MODES: Readonly<Record<AccountRole, number>> = {
  viewer: MODE.read,
  operator: MODE.read | MODE.write | MODE.operate,
  admin: MODE_ALL,
};

/** What an account may do now. */
export function principalOfAccount({ name, role, streams }: KnownAccount): Principal {
  return {
    id: '*',
    mode: ROLE_MODES[role],
    name,
    via: 'account',
    ...(streams === null ? {} : { streams }),
  };
}

/** The role that comes nearest to what a principal may do; null for tokens of one stream and nodes. */
export function roleOf(principal: Principal): AccountRole | null {
  if (principal.id !== '*') return null;
  if ((principal.mode & MODE.admin) !== 0) return 'admin';
  if ((principal.mode & MODE.operate) !== 0) return 'operator';
  return (principal.mode & MODE.read) !== 0 ? 'viewer' : null;
}
