import { create } from 'zustand';
import type { ReplyOf } from '../../src-shared/contract/http-routes.ts';
import { api, errorMessage } from '../api/client.ts';

export type Session = ReplyOf<'getSession'>;

export interface SessionState {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly problem: string | null;
  readonly session: Session | null;
}

export const useSessionStore = create<SessionState>()(() => ({
  phase: 'loading',
  problem: null,
  session: null,
}));

/** Asks the manager who we are. */
export async function loadSession(signal?: AbortSignal): Promise<void> {
  try {
    const session = await api.call('getSession', { signal });
    useSessionStore.setState({ phase: 'ready', problem: null, session });
  } catch (error) {
    if (signal?.aborted) return;
    useSessionStore.setState((state) => ({
      problem: errorMessage(error),
      phase: state.session ? 'ready' : 'failed',
    }));
  }
}

/** Notes that the manager no longer takes our credential, so that the login page shows. */
export function noteSignedOut(): void {
  useSessionStore.setState((state) =>
    state.session ? { session: { ...state.session, isAuthRequired: true, isSignedIn: false } } : state,
  );
}

/** Whether the login page must be shown. */
export function selectMustLogIn(state: SessionState): boolean {
  return state.session?.isAuthRequired === true && !state.session.isSignedIn;
}
