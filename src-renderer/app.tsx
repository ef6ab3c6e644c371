import { useEffect } from 'react';
import { api } from './api/client.ts';
import { ErrorState } from './components/error-state.tsx';
import { TooltipProvider } from './components/tooltip.tsx';
import { LoginPage } from './features/login/login-page.tsx';
import { Workspace } from './features/shell/workspace.tsx';
import { loadSession, noteSignedOut, selectMustLogIn, useSessionStore } from './stores/session-store.ts';

/** The window: login where it is needed, else the workspace. */
export function App() {
  const phase = useSessionStore((state) => state.phase);
  const problem = useSessionStore((state) => state.problem);
  const mustLogIn = useSessionStore(selectMustLogIn);
  useEffect(() => {
    const aborter = new AbortController();
    void loadSession(aborter.signal);
    const stop = api.onUnauthorized(noteSignedOut);
    return () => {
      aborter.abort();
      stop();
    };
  }, []);

  if (phase === 'loading') return null;
  if (phase === 'failed') {
    return (
      <main>
        <ErrorState
          title="Liveman does not answer"
          message={problem ?? ''}
          onRetry={() => void loadSession()}
        />
      </main>
    );
  }
  return <TooltipProvider>{mustLogIn ? <LoginPage /> : <Workspace />}</TooltipProvider>;
}
