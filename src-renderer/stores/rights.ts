import { type SessionState, useSessionStore } from './session-store.ts';

/** What the signed-in person may do, as far as the window offers it; the manager decides. */
export interface Rights {
  /** Nodes, settings, accounts, sessions of others, tokens, audit. */
  readonly isAdmin: boolean;
  /** Record, relay, export, end sessions, take note of alerts. */
  readonly mayOperate: boolean;
}

/** Why a control is switched off for somebody without the right. */
export const NEEDS_OPERATOR = 'Your account may only watch. An operator can do this.';
export const NEEDS_ADMIN = 'Only an administrator can do this.';

export function selectRights({ session }: SessionState): Rights {
  const role = session?.role ?? null;
  // An administrator of some streams does what operators do: settings are of all streams.
  const isAdmin = role === 'admin' && session?.streams === null;
  return {
    isAdmin,
    mayOperate: role === 'admin' || role === 'operator',
  };
}

export function useIsAdmin(): boolean {
  return useSessionStore((state) => selectRights(state).isAdmin);
}

export function useMayOperate(): boolean {
  return useSessionStore((state) => selectRights(state).mayOperate);
}
